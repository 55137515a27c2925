/** The GPT against transformers' GPT-2: a checkpoint that it wrote, its logits and its loss (make-gpt-fixtures.py). */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { openSafetensors } from "../../kernel-helpers/checkpoints/index.ts";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { generate, GPT, Sampler } from "../../kernel-helpers/llm/index.ts";
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

  async function collect(ids: AsyncIterable<number>): Promise<number[]> {
    const all: number[] = [];
    for await (const id of ids) all.push(id);
    return all;
  }

  test("generates the same tokens for the same seed, and the likeliest ones at temperature 0", async () => {
    const gpt = await loaded();
    const sample = (seed: number): Promise<number[]> => collect(generate(gpt, [3], { maxNewTokens: 12, seed }));
    expect(await sample(1)).toEqual(await sample(1));
    expect(await sample(1)).not.toEqual(await sample(2));
    const greedy = await collect(generate(gpt, [3, 1], { maxNewTokens: 1, temperature: 0 }));
    const last = gpt
      .forward(tensor([[3, 1]], { dtype: "int64" }))
      .slice(0, 1)
      .argmax(0)
      .item();
    expect(greedy).toEqual([last]);
  });

  test("generates what it would without a cache, also when the context is full", async () => {
    const gpt = await loaded();
    for (const prompt of [[3], [3, 1, 4, 1], [3, 1, 4, 1, 5, 9, 2, 6]]) {
      const sampler = new Sampler({ temperature: 0.8, seed: 5 });
      const expected = [...prompt];
      for (let step = 0; step < 12; step++) {
        const window = expected.slice(-tiny.contextLength);
        const logits = gpt.forward(tensor([window], { dtype: "int64" })).data as Float32Array;
        expected.push(sampler.next(logits.slice(-tiny.vocabularySize), expected));
      }
      const drawn = await collect(generate(gpt, prompt, { maxNewTokens: 12, temperature: 0.8, seed: 5 }));
      expect([...prompt, ...drawn]).toEqual(expected);
    }
  });

  test("is recorded once for all generations, which may take turns", async () => {
    const gpt = await loaded();
    const recorded = vi.spyOn(gpt, "head");
    const [one, other] = [generate(gpt, [3], { maxNewTokens: 5, seed: 1 }), generate(gpt, [7, 2], { maxNewTokens: 5, seed: 2 })];
    const [ofOne, ofOther]: [number[], number[]] = [[], []];
    for (let step = 0; step < 5; step++) {
      ofOne.push((await one.next()).value as number);
      ofOther.push((await other.next()).value as number);
    }
    expect(ofOne).toEqual(await collect(generate(gpt, [3], { maxNewTokens: 5, seed: 1 })));
    expect(ofOther).toEqual(await collect(generate(gpt, [7, 2], { maxNewTokens: 5, seed: 2 })));
    expect(recorded).toHaveBeenCalledTimes(2); // a window, and one more token
  });

  test("generates with the weights as they are now, not as they were at the first time", async () => {
    const gpt = await loaded();
    const before = await collect(generate(gpt, [3], { maxNewTokens: 8, temperature: 0 }));
    const fresh = new GPT({ ...tiny, seed: 9 });
    gpt.load(fresh.state());
    const after = await collect(generate(gpt, [3], { maxNewTokens: 8, temperature: 0 }));
    expect(after).toEqual(await collect(generate(fresh, [3], { maxNewTokens: 8, temperature: 0 })));
    expect(after).not.toEqual(before);
  });

  test("draws only from the topK likeliest, and topK 1 is temperature 0", async () => {
    const gpt = await loaded();
    const [first] = gpt.forward(tensor([[3]], { dtype: "int64" })).toArray() as number[][][];
    const likeliest = first![0]!.map((logit, id) => ({ logit, id })).toSorted((one, other) => other.logit - one.logit);
    const drawn = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      for await (const id of generate(gpt, [3], { maxNewTokens: 1, topK: 3, temperature: 5, seed })) drawn.add(id);
    }
    expect(drawn).toEqual(new Set(likeliest.slice(0, 3).map(({ id }) => id)));
    const greedy = await collect(generate(gpt, [3], { maxNewTokens: 8, temperature: 0 }));
    expect(await collect(generate(gpt, [3], { maxNewTokens: 8, topK: 1, temperature: 5 }))).toEqual(greedy);
    expect(await collect(generate(gpt, Uint8Array.of(3, 1), { maxNewTokens: 0 }))).toEqual([]);
  });

  test("generates in evaluation mode, leaves the model as it was, and ends by a signal", async () => {
    const gpt = (await loaded()).train(true);
    const stopper = new AbortController();
    const ids = generate(gpt, [3], { maxNewTokens: 1e9, signal: stopper.signal });
    await ids.next();
    expect(gpt.training).toBe(true);
    setTimeout(() => stopper.abort(new Error("enough")), 20);
    await expect(collect(ids)).rejects.toThrow("enough");
  });

  test.each<[string, unknown, unknown, string]>([
    ["a text", "hi", { maxNewTokens: 1 }, 'prompt must be an array of integers, got "hi"\n  hint: encode it with the model\'s tokenizer'],
    ["no ids", [], { maxNewTokens: 1 }, "prompt must be at least one id, got []"],
    ["null", null, { maxNewTokens: 1 }, "prompt must be an array of integers, got null"],
    ["a tensor", tensor([1, 2], { dtype: "int64" }), { maxNewTokens: 1 }, "prompt must be an array of integers, got a Tensor of shape (2)"],
    [
      "an id beyond the vocabulary",
      [3, 11],
      { maxNewTokens: 1 },
      "prompt[1] must be ≥ 0 and < 11, got 11\n  hint: pass ids of the model's vocabulary, from 0 to 10",
    ],
    ["a negative id", [-1], { maxNewTokens: 1 }, "prompt[0] must be ≥ 0 and < 11, got -1"],
    ["half an id", [1.5], { maxNewTokens: 1 }, "prompt[0] must be an integer, got 1.5"],
    ["no options", [1], undefined, "maxNewTokens must be an integer ≥ 0, got undefined"],
    ["a negative number of tokens", [1], { maxNewTokens: -1 }, "maxNewTokens must be an integer ≥ 0, got -1"],
    ["an endless number of tokens", [1], { maxNewTokens: Infinity }, "maxNewTokens must be an integer ≥ 0, got Infinity"],
    ["topK 0", [1], { maxNewTokens: 1, topK: 0 }, "topK must be an integer ≥ 1, got 0"],
    ["topK 1.5", [1], { maxNewTokens: 1, topK: 1.5 }, "topK must be an integer ≥ 1, got 1.5"],
    ["a temperature of -1", [1], { maxNewTokens: 1, temperature: -1 }, "temperature must be ≥ 0, got -1"],
    ["a temperature of NaN", [1], { maxNewTokens: 1, temperature: NaN }, "temperature must be a finite number ≥ 0, got NaN"],
    ["a seed of 0.5", [1], { maxNewTokens: 1, seed: 0.5 }, "seed must be an integer, got 0.5"],
    [
      "an option of another library",
      [1],
      { max_new_tokens: 1 },
      'options has no option "max_new_tokens"\n  hint: did you mean "maxNewTokens"?',
    ],
  ])("refuses to generate from %s", async (_, prompt, options, message) => {
    const gpt = await loaded();
    expect(() => generate(gpt, prompt as never, options as never)).toThrow(ArgumentError);
    expect(() => generate(gpt, prompt as never, options as never)).toThrow(message);
  });

  test("says that its weights hold NaN instead of drawing a token", async () => {
    const gpt = new GPT(tiny);
    const state = Object.fromEntries(
      Object.entries(gpt.parameters()).map(([name, weight]) => [name, Float32Array.from(weight.data as Float32Array).fill(NaN)]),
    );
    gpt.load(state);
    await expect(generate(gpt, [1], { maxNewTokens: 1 }).next()).rejects.toThrow("a model whose weights have become NaN");
    expect(() => generate({ config: gpt.config } as never, [1], { maxNewTokens: 1 })).toThrow(
      "model must be a GPT, got an object with config",
    );
  });

  test("says what it cannot take", () => {
    expect(() => new GPT({ ...tiny, heads: 3 })).toThrow("a width of 8 does not divide into 3 heads");
    expect(() => new GPT(tiny).forward(tensor([[1, 2, 3, 4, 5, 6, 7]], { dtype: "int64" }))).toThrow("(batch, at most 6), got (1, 7)");
  });
});
