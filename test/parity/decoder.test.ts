/** Decoders against transformers: the same logits from the same weights, read whole, piece by piece, and after going back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Decoder, LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { askPeer } from "./ask-peer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-decoder-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** (T, V) */
function theirLogits(place: { folder: string; file?: string }, ids: readonly number[]): Float32Array {
  const into = path.join(folder, "logits.bin");
  askPeer("decoder.py", { do: "logits", ...place, ids, into });
  return new Float32Array(Uint8Array.from(readFileSync(into)).buffer);
}

const farthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe("tiny random models", () => {
  const models = {
    llama: [
      "llama",
      { num_key_value_heads: 2, tie_word_embeddings: false, rope_parameters: { rope_type: "default", rope_theta: 100_000 } },
    ],
    "llama-tied": ["llama", { num_key_value_heads: 4, tie_word_embeddings: true }],
    qwen2: ["qwen2", { num_key_value_heads: 1, tie_word_embeddings: true }],
    qwen3: ["qwen3", { num_key_value_heads: 2, head_dim: 32, tie_word_embeddings: false }],
  };
  const ids = Array.from({ length: 700 }, (_, index) => (index * 37 + 11) % 300); // more than fit the first cache, and several runs

  beforeAll(() => askPeer("decoder.py", { do: "make", folder, models }));

  test.each(Object.keys(models))("%s", async (name) => {
    const expected = theirLogits({ folder: path.join(folder, name) }, ids);
    await using decoder = await Decoder.load(path.join(folder, name));
    const whole = await decoder.read(ids, { every: true });
    expect(farthest(whole, expected)).toBeLessThan(1e-3);
    decoder.truncate(100);
    await decoder.read(ids.slice(100, 130));
    const next = await decoder.read(ids.slice(130, 131));
    expect(farthest(next, expected.subarray(130 * 300, 131 * 300))).toBeLessThan(1e-3);
  });
});

test("a model in several files, of 16 bits, has the logits that transformers has of it", async () => {
  const models = { shards: ["llama", { num_key_value_heads: 2, tie_word_embeddings: false }] };
  askPeer("decoder.py", { do: "make", folder, models, dtype: "bfloat16", shard: "100KB" });
  const place = path.join(folder, "shards");
  expect(readdirSync(place).filter((name) => name.endsWith(".safetensors")).length).toBeGreaterThan(2);
  const ids = Array.from({ length: 40 }, (_, index) => (index * 37 + 11) % 300);
  await using decoder = await Decoder.load(place);
  expect(farthest(await decoder.read(ids, { every: true }), theirLogits({ folder: place }, ids))).toBeLessThan(1e-3);
});

describe("SmolLM2-135M-Instruct, 4 bits", async () => {
  const { files, folder: model } = await fetchModel("SmolLM2-135M-Instruct");
  const [[file, place]] = Object.entries(files) as [[string, string]];
  // "The capital of France is Paris. The capital of Italy is"
  const ids = [504, 3575, 282, 4649, 314, 7042, 30, 378, 3575, 282, 7827, 314];
  const expected = theirLogits({ folder: model, file }, ids);

  test("in float32 the logits are those of transformers on the dequantised weights, within 0.001", async () => {
    await using decoder = await Decoder.load(place, { dtype: "fp32" });
    expect(farthest(await decoder.read(ids, { every: true }), expected)).toBeLessThan(1e-3);
  });

  test("perplexity is that of transformers' recipe, whole and in windows", async () => {
    const text = readFileSync(path.join(import.meta.dirname, "../../LICENSE"), "utf8").slice(0, 1500);
    await using language = await LanguageModel.load("SmolLM2-135M-Instruct", { dtype: "fp32" });
    const textIds = [...language.tokenizer.encode(text)];
    for (const [window, stride] of [
      [8192, 4096],
      [96, 40],
    ] as const) {
      const theirs = askPeer("decoder.py", { do: "perplexity", folder: model, file, ids: textIds, window, stride }) as number;
      const { natsPerToken, perplexity, bitsPerByte, tokens } = await language.perplexity(text, { window, stride });
      expect(natsPerToken).toBeCloseTo(theirs, 4);
      expect(perplexity).toBeCloseTo(Math.exp(natsPerToken), 9);
      const bytes = text.length - language.tokenizer.bytesOf(textIds[0]!).length;
      expect(bitsPerByte).toBeCloseTo((natsPerToken * tokens) / Math.LN2 / bytes, 9);
    }
  });

  test("multiplied as integers they stay near, and the likeliest token is the same", async () => {
    await using decoder = await Decoder.load(place);
    const found = await decoder.read(ids);
    const last = expected.subarray(-found.length);
    expect(farthest(found, last)).toBeLessThan(1);
    expect(found.indexOf(Math.max(...found))).toBe(last.indexOf(Math.max(...last)));
  });
});
