/** Fine-tuning's parts on a tiny random model: what packing, accumulation and checkpointing must not change, and what is refused. */
import { describe, expect, test } from "vitest";
import { adapterParameters, withAdapters } from "../../kernel-helpers/llm/fine-tune/adapters.ts";
import type { EncodedExample } from "../../kernel-helpers/llm/fine-tune/examples.ts";
import { answerLoss } from "../../kernel-helpers/llm/fine-tune/loss.ts";
import { mergedWeights } from "../../kernel-helpers/llm/fine-tune/merge.ts";
import { packedBatches, type PackedBatch } from "../../kernel-helpers/llm/fine-tune/pack.ts";
import { Adapters } from "../../kernel-helpers/llm/fine-tune/trainee.ts";
import { fromInterleaved, toInterleaved } from "../../kernel-helpers/llm/llama/rotary-order.ts";
import { fineTune, Llama } from "../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { crossEntropy, jit, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { train, type Batches } from "../../kernel-helpers/train/index.ts";
import { tinyLlama } from "./tiny-llama.ts";

/** Of 6 to 20 tokens, of which the last third is learnt. */
const examples = Array.from({ length: 9 }, (_, index): EncodedExample => {
  const length = 6 + ((index * 5) % 15);
  const ids = Uint32Array.from({ length }, (__, at) => (index * 11 + at * 7 + 3) % 40);
  return { ids, isLearnt: Array.from(ids, (__, at) => at >= (2 * length) / 3) };
});

const all = (options: { packing: boolean; batchSize: number; rowLength?: number }): Batches<PackedBatch> =>
  packedBatches("examples", examples, { rowLength: 32, seed: undefined, ...options });

const farthest = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item();

function lossAndGradients(model: Llama, batch: PackedBatch): [number, Record<string, Tensor>] {
  const [loss, gradients] = jit((given: PackedBatch) => valueAndGrad(() => answerLoss(model, given))(model.parameters()))(batch);
  return [loss.item(), gradients];
}

describe("examples in rows", () => {
  test("packed give the loss and the gradients that they give one by one", () => {
    const model = new Llama(tinyLlama());
    // The definition: the mean over the learnt tokens of each example read alone.
    const alone = examples.map(({ ids, isLearnt }) => {
      const logits = model.forward(tensor([[...ids.subarray(0, -1)]], { dtype: "int64" }));
      const targets = [...ids].map((id, at) => (isLearnt[at] ? id : -100)).slice(1);
      return { count: targets.filter((id) => id >= 0).length, loss: crossEntropy(logits, tensor([targets], { dtype: "int64" })).item() };
    });
    const expected = alone.reduce((sum, { count, loss }) => sum + count * loss, 0) / alone.reduce((sum, { count }) => sum + count, 0);
    const packed = all({ packing: true, batchSize: 100 });
    const apart = all({ packing: false, batchSize: 100 });
    expect(packed.at(0).ids.shape[0]).toBeLessThan(apart.at(0).ids.shape[0]! - 3);
    const [[one, inRows], [other, byThemselves]] = [lossAndGradients(model, packed.at(0)), lossAndGradients(model, apart.at(0))];
    expect(one).toBeCloseTo(expected, 5);
    expect(other).toBeCloseTo(expected, 5);
    for (const [name, gradient] of Object.entries(inRows)) expect(farthest(gradient, byThemselves[name]!), name).toBeLessThan(1e-5);
  });

  test("of all lengths share the rows that are learnt from, so that no update is made of one kind alone", () => {
    const short = { ids: new Uint32Array(8).fill(1), isLearnt: Array.from({ length: 8 }, () => true) };
    const long = { ids: new Uint32Array(14).fill(2), isLearnt: Array.from({ length: 14 }, () => true) };
    const given = Array.from({ length: 120 }, (_, index) => (index < 60 ? short : long));
    const batches = packedBatches("examples", given, { rowLength: 96, batchSize: 1, packing: true, seed: 1 });
    for (const { ids } of batches) expect(new Set(ids.data as BigInt64Array)).toContain(1n);
    for (const { ids } of batches) expect(new Set(ids.data as BigInt64Array)).toContain(2n);
    expect(batches.length).toBeLessThanOrEqual(Math.ceil((60 * 7 + 60 * 13) / 96) + 1); // and next to no room is left over
  });

  test("hold each token once, count what is not filling, and average over the whole set whatever the batches", () => {
    const batches = all({ packing: true, batchSize: 2 });
    const tokens = examples.reduce((sum, { ids }) => sum + ids.length - 1, 0);
    expect([...batches].reduce((sum, batch) => sum + batches.count(batch), 0)).toBe(tokens);
    const model = new Llama(tinyLlama());
    const mean = [...batches].reduce((sum, batch) => sum + answerLoss(model, batch).item(), 0) / batches.length;
    expect(mean).toBeCloseTo(answerLoss(model, all({ packing: true, batchSize: 100 }).at(0)).item(), 5);
  });

  test("of which nothing is learnt are refused by their number", () => {
    const silent = { ids: Uint32Array.of(1, 2, 3), isLearnt: [false, false, false] };
    const pack = (given: EncodedExample[], rowLength: number): unknown =>
      packedBatches("examples", given, { rowLength, batchSize: 1, packing: true, seed: 0 });
    expect(() => pack([examples[0]!, silent], 32)).toThrow("nothing is learnt from examples[1]: it has no answer within 32 tokens");
    expect(() => pack([examples[2]!], 4)).toThrow("within 4 tokens");
  });
});

test("checkpointing changes neither the loss nor the gradients", () => {
  const model = new Llama(tinyLlama());
  const batch = all({ packing: true, batchSize: 100 }).at(0);
  const [loss, gradients] = lossAndGradients(model, batch);
  model.checkpointing = true;
  const [again, others] = lossAndGradients(model, batch);
  expect(again).toBeCloseTo(loss, 6);
  for (const [name, gradient] of Object.entries(gradients)) expect(farthest(gradient, others[name]!), name).toBeLessThan(1e-6);
});

describe("adapters", () => {
  const settings = { rank: 2, alpha: 4, dropout: 0, targets: ["q_proj", "down_proj"] as const, seed: 1 };

  async function trained(accumulate: number): Promise<Llama> {
    const model = withAdapters(tinyLlama(), settings);
    const trainee = new Adapters(model);
    await train({
      model: trainee,
      optimizer: new AdamW(trainee.parameters(), { learningRate: 0.05 }),
      loss: (_trainee: Adapters, batch: PackedBatch) => trainee.loss(batch),
      batches: packedBatches("examples", examples, { rowLength: 32, batchSize: 3, packing: true, seed: 1 }),
      steps: 4,
      accumulate,
      show: false,
    });
    trainee.finish();
    return model.eval();
  }

  test("change nothing at first, leave the base as it is, and once merged give the same logits", async () => {
    const base = new Llama(tinyLlama());
    const ids = tensor([[3, 9, 27, 1]], { dtype: "int64" });
    expect(farthest(withAdapters(tinyLlama(), settings).forward(ids), base.forward(ids))).toBe(0);
    const model = await trained(1);
    expect(Object.keys(adapterParameters(model))).toEqual(
      [0, 1].flatMap((layer) =>
        ["self_attn.q_proj", "mlp.down_proj"].flatMap((name) =>
          ["A", "B"].map((half) => `model.layers.${layer}.${name}.lora_${half}.weight`),
        ),
      ),
    );
    expect(farthest(model.forward(ids), base.forward(ids))).toBeGreaterThan(0.01);
    const merged = mergedWeights(model);
    expect([...merged.keys()].toSorted()).toEqual(Object.keys(base.parameters()).toSorted());
    const whole = new Llama(tinyLlama(2)).load(Object.fromEntries([...merged].map(([name, compute]) => [name, compute()])));
    expect(farthest(whole.forward(ids), model.forward(ids))).toBeLessThan(1e-5);
  });

  test("learn the same from a batch that is computed in parts", async () => {
    const [whole, parts] = [adapterParameters(await trained(1)), adapterParameters(await trained(3))];
    for (const [name, parameter] of Object.entries(whole)) expect(farthest(parameter, parts[name]!), name).toBeLessThan(1e-4);
  });
});

test("rows of queries go from the hub's order to a GGUF file's and back", () => {
  const rows = Float32Array.from({ length: 16 }, (_, index) => index); // 2 heads of 4, rows of 2
  expect([...toInterleaved(rows, 2, 4)]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
  expect(fromInterleaved(toInterleaved(rows, 2, 4), 2, 4)).toEqual(rows);
});

test.each<[string, object]>([
  ['fineTune has no option "learning_rate"', { learning_rate: 1 }],
  ['method must be one of "lora", "qlora", "full", got "adalora"', { method: "adalora" }],
  ["rank must be an integer ≥ 1, got 0", { rank: 0 }],
  ["either steps or epochs", { steps: 1, epochs: 1 }],
  ["rank, alpha, dropout and targets are those of adapters", { method: "full", rank: 4 }],
  ['targets[0] must be one of "q_proj"', { targets: ["lm_head"] }],
  ["targets must be each name once", { targets: ["q_proj", "q_proj"] }],
  ["validation must be examples", { patience: 2 }],
])("is refused: %s", async (message, options) => {
  await expect(fineTune("SmolLM2-135M-Instruct", [{ prompt: "a", completion: "b" }], options)).rejects.toThrow(message);
});
