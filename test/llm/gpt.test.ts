/** The GPT against transformers' GPT-2: a checkpoint that it wrote, its logits and its loss (make-gpt-fixtures.py). */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { openSafetensors } from "../../kernel-helpers/checkpoints/index.ts";
import { generate, GPT } from "../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { jit, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const folder = path.join(import.meta.dirname, "fixtures/tiny-gpt2");
const known = JSON.parse(readFileSync(path.join(folder, "known.json"), "utf8")) as { ids: number[][]; logits: number[][][]; loss: number };
const tiny = { vocabularySize: 11, contextLength: 6, layers: 2, heads: 2, width: 8 };

async function loaded(): Promise<GPT> {
  await using file = await openSafetensors(path.join(folder, "model.safetensors"));
  const state: Record<string, Float32Array> = {};
  for (const name of file.names) state[name] = await file.readFloat32(name);
  return new GPT(tiny).load(state).eval();
}

describe("a GPT", () => {
  test("gives the logits and the loss that transformers gives for the same checkpoint", async () => {
    const gpt = await loaded();
    const ids = tensor(known.ids, { dtype: "int64" });
    const logits = gpt.forward(ids).toArray() as number[][][];
    known.logits.flat(2).forEach((expected, index) => expect(logits.flat(2)[index]).toBeCloseTo(expected, 4));
    expect(gpt.loss(ids.slice(null, [0, 5]), ids.slice(null, [1, 6])).item()).toBeCloseTo(known.loss, 4);
  });

  test("begins with a loss of about ln V, and learns a batch by heart", () => {
    const gpt = new GPT({ ...tiny, width: 32, seed: 1 });
    const [ids, targets] = [tensor(known.ids, { dtype: "int64" }), tensor(known.ids, { dtype: "int64" }).flip(1)];
    const optimizer = new AdamW(gpt.parameters(), { learningRate: 1e-2 });
    const step = jit((x: Tensor, y: Tensor) => {
      const [loss, gradients] = valueAndGrad(() => gpt.loss(x, y))(gpt.parameters());
      optimizer.step(gradients);
      return loss;
    });
    const losses = Array.from({ length: 200 }, () => step(ids, targets).item());
    expect(losses[0]).toBeCloseTo(Math.log(11), 0);
    expect(losses.at(-1)).toBeLessThan(0.7); // the first tokens do not tell the last: some of it cannot be known
    expect(Math.min(...losses.slice(-20))).toBeLessThan(losses[0]! / 3);
  });

  test("sees no token that comes later", async () => {
    const gpt = await loaded();
    const logits = (ids: number[]): unknown =>
      gpt
        .forward(tensor([ids], { dtype: "int64" }))
        .slice(0, [0, 3])
        .toArray();
    expect(logits([3, 1, 4, 1, 5, 9])).toEqual(logits([3, 1, 4, 8, 8, 8]));
  });

  test("shows what its heads look at: what came before, and nothing else", async () => {
    const gpt = await loaded();
    const maps = gpt.attentionWeights(tensor([[3, 1, 4, 1]], { dtype: "int64" }));
    expect(maps.map(({ shape }) => shape)).toEqual([
      [1, 2, 4, 4],
      [1, 2, 4, 4],
    ]);
    for (const [place, row] of maps.flatMap((map) => (map.toArray() as number[][][][]).flat(2)).entries()) {
      expect(row.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 5);
      expect(row.slice((place % 4) + 1).every((weight) => weight === 0)).toBe(true);
    }
    expect(() => gpt.attentionWeights(tensor([1, 2]))).toThrow("the GPT takes ids of (batch, at most 6), got (2)");
  });

  test("generates the same tokens for the same seed, and the likeliest ones at temperature 0", async () => {
    const gpt = await loaded();
    const sample = (seed: number): number[] => [...generate(gpt, [3], { maxNewTokens: 12, seed })];
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
    const greedy = generate(gpt, [3, 1], { maxNewTokens: 1, temperature: 0 });
    const last = gpt
      .forward(tensor([[3, 1]], { dtype: "int64" }))
      .slice(0, 1)
      .argmax(0)
      .item();
    expect([...greedy]).toEqual([3, 1, last]);
  });

  test("says what it cannot take", () => {
    expect(() => new GPT({ ...tiny, heads: 3 })).toThrow("a width of 8 does not divide into 3 heads");
    expect(() => new GPT(tiny).forward(tensor([[1, 2, 3, 4, 5, 6, 7]], { dtype: "int64" }))).toThrow("(batch, at most 6), got (1, 7)");
  });
});
