/** A GPT whose MLPs are mixtures of experts. */
import { describe, expect, test } from "vitest";
import { generate, GPT, type GPTExperts, type GPTLosses } from "../../kernel-helpers/llm/index.ts";
import { MixtureOfExperts } from "../../kernel-helpers/nn/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { jit, tensor, valueAndGrad } from "../../kernel-helpers/tensor/index.ts";

const tiny = { vocabularySize: 11, contextLength: 8, layers: 2, heads: 2, width: 16 };
const gptWith = (experts: GPTExperts, seed = 1): GPT => new GPT({ ...tiny, seed, experts });
const ids = tensor([[3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8]], { dtype: "int64" }); // prettier-ignore
const targets = ids.flip(1);
const numbersOf = ({ loss, metrics }: GPTLosses): Record<string, number> =>
  Object.fromEntries(Object.entries({ loss, ...metrics }).map(([name, value]) => [name, value.item()]));

describe("a GPT with experts", () => {
  test("has them in every nth layer, each as large as what a token may cost", () => {
    const gpt = new GPT({ ...tiny, layers: 4, experts: { count: 4, topK: 2, every: 2 } });
    expect(gpt.transformer.h.map(({ mlp }) => mlp instanceof MixtureOfExperts)).toEqual([false, true, false, true]);
    expect(gpt.parameters()["transformer.h.1.mlp.experts.up_proj"]!.shape).toEqual([4, 32, 16]);
    expect(gpt.parameters()["transformer.h.1.mlp.gate.weight"]!.shape).toEqual([4, 16]);
  });

  test.each<[string, GPTExperts]>([
    ["one of four by softmax, with a capacity", { count: 4, topK: 1, capacityFactor: 1.25 }],
    ["two of eight and a shared one", { count: 8, topK: 2, hidden: 16, sharedHidden: 32 }],
    ["three of six by sigmoid, balanced by biases", { count: 6, topK: 3, gate: "sigmoid", biasUpdateRate: 0.01 }],
  ])("learns a batch by heart: %s", (_name, experts) => {
    const gpt = gptWith(experts);
    const optimizer = new AdamW(gpt.parameters(), { learningRate: 1e-2 });
    const step = jit(() => {
      const losses = gpt.losses(ids, targets);
      const [, gradients] = valueAndGrad(() => gpt.loss(ids, targets))(gpt.parameters());
      optimizer.step(gradients);
      return losses;
    });
    const run = Array.from({ length: 120 }, () => numbersOf(step()));
    expect(run[0]!.crossEntropy).toBeCloseTo(Math.log(11), 0);
    expect(run.at(-1)!.crossEntropy).toBeLessThan(run[0]!.crossEntropy! / 2);
    expect(run.every(({ loadEntropy }) => loadEntropy! > 0 && loadEntropy! <= 1.0001)).toBe(true);
    expect(run.some(({ dropped }) => dropped! > 0)).toBe(experts.capacityFactor !== undefined);
  });

  test("adds what its routers need to the loss in training only", () => {
    const gpt = gptWith({ count: 4, topK: 2, balanceLoss: 0.5, zLoss: 0.25 });
    const { loss, crossEntropy, balanceLoss, zLoss } = numbersOf(gpt.losses(ids, targets));
    expect(loss).toBeCloseTo(crossEntropy! + 0.5 * balanceLoss! + 0.25 * zLoss!, 5);
    expect(gpt.loss(ids, targets).item()).toBeCloseTo(loss!, 5);
    expect(gpt.eval().loss(ids, targets).item()).toBeCloseTo(crossEntropy!, 5);
  });

  test("generates with its cache what it generates without", async () => {
    const gpt = gptWith({ count: 4, topK: 2, sharedHidden: 8, capacityFactor: 0.5 }).eval();
    for (const [name, parameter] of Object.entries(gpt.parameters())) if (!name.includes("ln_")) parameter.assign(parameter.mul(10)); // far from ties
    const found: number[] = [];
    for await (const id of generate(gpt, [3, 1], { maxNewTokens: 5, temperature: 0 })) found.push(id);
    const expected = [3, 1];
    while (expected.length < 7) {
      const logits = gpt.forward(tensor([expected], { dtype: "int64" })).slice(0, -1);
      expected.push(logits.argmax(0).item());
    }
    expect(found).toEqual(expected.slice(2));
  });

  test("tells which experts each token goes to", () => {
    const gpt = gptWith({ count: 4, topK: 2 });
    const layers = gpt.expertsOf(ids);
    expect(layers.map(({ shape }) => shape)).toEqual([[2, 8, 2], [2, 8, 2]]); // prettier-ignore
    const alone = gpt.expertsOf(ids.slice([1, 2]));
    expect(layers[0]!.slice([1, 2]).toArray()).toEqual(alone[0]!.toArray());
    expect(() => new GPT(tiny).expertsOf(ids)).toThrow("this GPT has no experts");
  });

  test("comes back from its state, biases and all", () => {
    const gpt = gptWith({ count: 4, topK: 2, biasUpdateRate: 0.01 });
    gpt.loss(ids, targets).item();
    const copy = gptWith({ count: 4, topK: 2, biasUpdateRate: 0.01 }, 2).load(gpt.state());
    expect(Object.keys(gpt.state()).filter((name) => name.endsWith("biasSteps"))).toHaveLength(2);
    expect(copy.eval().forward(ids).toArray()).toEqual(gpt.eval().forward(ids).toArray());
  });

  test.each([
    [{ count: 4, topK: 5 }, "experts.topK must be an integer ≥ 1 and ≤ 4, got 5"],
    [{ count: 4, topK: 1, every: 3 }, "experts.every must be an integer ≥ 1 and ≤ 2, got 3"],
    [{ count: 4, topK: 1, capacity: 2 }, "capacity"],
  ])("refuses %j", (experts, message) => {
    expect(() => gptWith(experts as GPTExperts)).toThrow(message);
  });
});
