/** Texts that grow side by side are those that each would be alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OutOfRangeError } from "../../../kernel-helpers/errors.ts";
import { Context } from "../../../kernel-helpers/llm/generation/context.ts";
import { generateAll, type Generation } from "../../../kernel-helpers/llm/generation/generate-all.ts";
import { checkGeneration } from "../../../kernel-helpers/llm/generation/options.ts";
import { streamParts } from "../../../kernel-helpers/llm/generation/stream-parts.ts";
import { Decoder, type GenerationOptions } from "../../../kernel-helpers/llm/index.ts";
import { constraints, endId, tokenizer, vocabSize } from "../constrain/random-text.ts";
import { writeTinyModel } from "../tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-batch-"));
let model: Context;
beforeAll(async () => {
  const file = await writeTinyModel(folder, "model", { vocabulary: vocabSize, contextLength: 256 });
  model = new Context("model", await Decoder.load(file, { threads: 1 }));
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

const prompts = [
  "the",
  "北京是中国的首都。".repeat(4),
  "a b c d e f",
  "true",
  "the quick brown fox",
  "{",
  "naïve café 🙂",
  "x".repeat(100),
].map((text) => [...tokenizer.encode(text)]);
const optionsOf = (options: GenerationOptions) => () => ({
  ...checkGeneration({ maxNewTokens: 40, ...options }, vocabSize),
  constraint: constraints.of(options),
  tokenizer,
  endIds: new Set([endId, 17, 99]),
});

async function alone(ids: number[], options: GenerationOptions): Promise<Generation> {
  let text = "";
  for await (const part of streamParts(model, ids, { ...optionsOf(options)(), draft: undefined })) {
    if (part.type === "text") text += part.text;
    if (part.type === "finish") return { text, reason: part.reason, usage: part.usage };
  }
  throw new Error("no end");
}

describe.each<[string, GenerationOptions]>([
  ["the likeliest tokens", { temperature: 0 }],
  ["tokens drawn by a seed", { temperature: 0.7, seed: 5 }],
  [
    "a schema",
    { schema: { type: "object", properties: { a: { type: "string" }, b: { type: "integer" } }, required: ["a"] }, temperature: 0.7 },
  ],
])("with %s", (_, options) => {
  test.each([1, 3, 16])("%d side by side are as each alone, in the order of the prompts", async (batchSize) => {
    const found = await generateAll(model, prompts, optionsOf(options), { batchSize, signal: undefined });
    const expected: Generation[] = [];
    for (const ids of prompts) expected.push(await alone(ids, options));
    const told = (all: Generation[]): unknown => all.map(({ text, reason, usage }) => [text, reason, usage.promptTokens, usage.newTokens]);
    expect(told(found)).toEqual(told(expected));
    expect(new Set(expected.map(({ usage }) => usage.newTokens)).size).toBeGreaterThan(1); // they end at different times
  });
});

test("the logits of a batch are those of its sequences", async () => {
  const { decoder } = model;
  const texts = [
    [1, 2, 3],
    [4, 5, 6, 7, 8, 9, 10],
    [11, 12],
  ];
  const next = [20, 21, 22];
  const expected: Float32Array[] = [];
  await using batch = await decoder.openBatch(3, 10);
  for (const [index, ids] of texts.entries()) {
    model.rewindTo([]);
    await decoder.read(ids);
    await batch.add();
    expected.push(await decoder.read([next[index]!]));
    decoder.truncate(0);
  }
  const logits = await batch.step(next);
  for (const [index, row] of expected.entries()) {
    const found = logits.subarray(index * vocabSize, (index + 1) * vocabSize);
    expect(Math.max(...row.map((logit, id) => Math.abs(logit - found[id]!)))).toBeLessThan(1e-4);
  }
  await batch.step(next);
  await batch.step(next);
  await expect(batch.step(next)).rejects.toThrow("sequence 1 has no room left");
  await batch.remove(1);
  expect(batch.size).toBe(2);
  await expect(batch.step(next)).rejects.toThrow("3 ids for 2 sequences");
  await batch.add();
  await expect(batch.add()).rejects.toThrow(OutOfRangeError);
});

test("a signal ends all of them, and the model goes on", async () => {
  const stopper = new AbortController();
  const all = generateAll(model, prompts, optionsOf({ maxNewTokens: 150 }), { batchSize: 4, signal: stopper.signal });
  stopper.abort(new Error("enough"));
  await expect(all).rejects.toThrow("enough");
  expect((await alone(prompts[0]!, {})).usage.newTokens).toBeGreaterThan(0);
});

test("more than ten at once are no leak to Node, which would say so in the cell", async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error): void => void warnings.push(warning);
  process.on("warning", hear);
  await generateAll(model, [...prompts, ...prompts], optionsOf({ maxNewTokens: 2 }), { batchSize: 2, signal: undefined });
  await new Promise(setImmediate);
  process.off("warning", hear);
  expect(warnings.map(({ name }) => name)).toEqual([]);
});
