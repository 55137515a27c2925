/** A model as a device runs it, in a loop that draws tokens: here on the CPU, held to the plain graph and to the Sampler. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quantize, writeGguf, type QuantizedDType } from "../../../kernel-helpers/checkpoints/index.ts";
import { Engine } from "../../../kernel-helpers/llm/decoder/engine.ts";
import { Context } from "../../../kernel-helpers/llm/generation/context.ts";
import { checkGeneration } from "../../../kernel-helpers/llm/generation/options.ts";
import { streamParts } from "../../../kernel-helpers/llm/generation/stream-parts.ts";
import { Decoder, type GenerationOptions } from "../../../kernel-helpers/llm/index.ts";
import { constraints, tokenizer, vocabSize } from "../constrain/random-text.ts";
import { tinyModel } from "../tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-on-device-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function fileOf(dtype: "F32" | QuantizedDType): Promise<string> {
  const { tensors, metadata } = tinyModel({ vocabulary: vocabSize });
  const stored = Object.entries(tensors).map(([name, tensor]) => {
    const { shape, data } = tensor;
    return [name, dtype === "F32" || shape.length < 2 ? tensor : { dtype, shape, data: quantize(dtype, data as Float32Array) }] as const;
  });
  const file = path.join(folder, `${dtype}.gguf`);
  await writeGguf(file, Object.fromEntries(stored), metadata);
  return file;
}

const prompt = [...tokenizer.encode("the quick brown fox the quick brown fox")];
const apart = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Math.max(...Array.from(one, (number, index) => Math.abs(number - other[index]!)));

describe.each(["F32", "Q8_0", "Q4_0", "Q4_1"] as const)("weights in %s", (dtype) => {
  test("the loop has the logits of the plain graph, of whole prompts, of pieces and of texts side by side", async () => {
    const file = await fileOf(dtype);
    await using plain = await Decoder.load(file, { threads: 1 });
    await using looped = await Decoder.load(file, { threads: 1, device: "cpu" });
    for (const ids of [prompt, [3, 1], [2]]) {
      expect(apart(await looped.read(ids, { every: true }), await plain.read(ids, { every: true }))).toBeLessThan(1e-5);
    }
    const sides = await Promise.all(
      [plain, looped].map(async (decoder) => {
        await using batch = await decoder.openBatch(2, 64);
        await batch.add();
        decoder.truncate(5);
        await batch.add();
        await batch.step([1, 2]);
        return await batch.step([3, 4]);
      }),
    );
    expect(apart(sides[0]!, sides[1]!)).toBeLessThan(1e-5);
  });
});

describe("texts", () => {
  let plain: Context;
  let looped: Context;
  beforeAll(async () => {
    const file = await fileOf("Q8_0");
    plain = new Context("plain", await Decoder.load(file, { threads: 1 }));
    looped = new Context("looped", await Decoder.load(file, { threads: 1, device: "cpu" }));
  });
  afterAll(async () => {
    await plain.close();
    await looped.close();
  });

  async function textOf(context: Context, options: GenerationOptions): Promise<string> {
    let text = "";
    const request = {
      ...checkGeneration({ maxNewTokens: 60, ...options }, vocabSize),
      draft: undefined,
      constraint: constraints.of(options),
      tokenizer,
      endIds: new Set<number>(),
    };
    for await (const part of streamParts(context, prompt, request)) if (part.type === "text") text += part.text;
    return text;
  }

  test.each<[string, GenerationOptions]>([
    ["the likeliest tokens", { temperature: 0 }],
    ["top-k", { temperature: 0.8, topK: 5, seed: 1 }],
    ["top-p", { temperature: 0.9, topP: 0.8, seed: 2 }],
    ["top-k, top-p and min-p", { temperature: 1.2, topK: 20, topP: 0.95, minP: 0.05, seed: 3 }],
    ["what is chosen from logits: a repetition penalty", { temperature: 0.3, repetitionPenalty: 1.1, seed: 1 }],
    ["a grammar", { temperature: 0.5, grammar: 'root ::= ("the " | "quick ")+', seed: 2 }],
    ["a string that ends them", { temperature: 0, stop: ["e"] }],
  ])("drawn in the loop are those of the Sampler, with %s", async (_, options) => {
    const text = await textOf(plain, options);
    expect(text.length).toBeGreaterThan(0);
    expect(await textOf(looped, options)).toBe(text);
    expect(await textOf(looped, options)).toBe(text); // after one, whose end may lie beyond the text
  });

  test("without top-k and top-p each token is drawn as often as its probability says", async () => {
    for (const { decoder } of [plain, looped]) decoder.truncate(0);
    await looped.decoder.read(prompt);
    const logits = Array.from(await plain.decoder.read([...prompt, 3]));
    const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = new Float64Array(vocabSize);
    const draws = 200;
    const length = looped.decoder.length;
    for (let at = 0; at < draws; at++) {
      looped.decoder.truncate(length);
      const [id] = await looped.decoder.draw(3, [(at + 0.5) / draws], { temperature: 1, topK: vocabSize, topP: 1, minP: 0 });
      counts[id!]!++;
    }
    // Points that are evenly spaced miss a token's share by one of them at most, at each of its ends.
    expect(
      apart(
        weights.map((weight) => (draws * weight) / total),
        counts,
      ),
    ).toBeLessThan(2);
  });
});

test("attention and caches in float16, as on CUDA, change logits by little", async () => {
  const file = await fileOf("F32");
  const logitsOf = async (attention: "float32" | "float16"): Promise<Float32Array> => {
    const engine = await Engine.load(file, { dtype: "file", threads: 1, device: "cpu", attention });
    await engine.run({ ids: prompt, past: 0, rows: [] });
    const logits = await engine.run({ ids: [3], past: prompt.length, rows: [0] });
    await engine.close();
    return logits;
  };
  const [exact, half] = [await logitsOf("float32"), await logitsOf("float16")];
  expect(apart(exact, half)).toBeGreaterThan(0);
  expect(apart(exact, half)).toBeLessThan(0.01);
});

test("weights in float16 change logits by little", async () => {
  const file = await fileOf("F32");
  await using exact = await Decoder.load(file, { threads: 1 });
  await using half = await Decoder.load(file, { threads: 1, dtype: "fp16" });
  const difference = apart(await exact.read(prompt), await half.read(prompt));
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(0.02);
});
