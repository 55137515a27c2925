/** Decoders against transformers: the same logits from the same weights, read whole, piece by piece, and after going back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Decoder, LanguageModel, Llama, readLlama, saveLlama } from "../../kernel-helpers/llm/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { tensor } from "../../kernel-helpers/tensor/index.ts";
import { askPeer } from "./ask-peer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-decoder-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbersOf = (file: string): Float32Array => new Float32Array(Uint8Array.from(readFileSync(file)).buffer);

const farthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

interface TinyModel {
  architecture: string;
  settings: object;
  /** The architecture's name in a GGUF file, where one is made as well. */
  gguf?: string;
  dtype?: "bfloat16" | "float16";
  /** Size of its files, as transformers takes it. */
  shard?: string;
}

const llama3 = { rope_type: "llama3", rope_theta: 10_000, factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
const gemma = { num_key_value_heads: 2, num_hidden_layers: 7, sliding_window: 16 };
const [full, sliding] = [
  { rope_type: "default", rope_theta: 1_000_000 },
  { rope_type: "default", rope_theta: 10_000 },
];

const qwenExperts = {
  num_key_value_heads: 2,
  num_experts: 5,
  num_experts_per_tok: 3,
  moe_intermediate_size: 32,
  shared_expert_intermediate_size: 64,
};

const models: Record<string, TinyModel> = {
  llama: {
    architecture: "llama",
    settings: { num_key_value_heads: 2, tie_word_embeddings: false, rope_parameters: { rope_type: "default", rope_theta: 100_000 } },
    gguf: "llama",
  },
  "llama, tied": { architecture: "llama", settings: { num_key_value_heads: 4, tie_word_embeddings: true }, gguf: "llama" },
  "llama, biases": { architecture: "llama", settings: { num_key_value_heads: 2, attention_bias: true, mlp_bias: true } },
  "llama, as Llama 3.1 stretches angles": {
    architecture: "llama",
    settings: { num_key_value_heads: 2, rope_parameters: { ...llama3, original_max_position_embeddings: 128 } },
    gguf: "llama",
  },
  "llama, angles stretched evenly": {
    architecture: "llama",
    settings: { num_key_value_heads: 2, rope_parameters: { rope_type: "linear", rope_theta: 10_000, factor: 4 } },
    gguf: "llama",
  },
  "llama, 16 bits, in several files": { architecture: "llama", settings: { num_key_value_heads: 2 }, dtype: "bfloat16", shard: "100KB" },
  mistral: { architecture: "mistral", settings: { num_key_value_heads: 2, sliding_window: 50 } },
  qwen2: { architecture: "qwen2", settings: { num_key_value_heads: 1, tie_word_embeddings: true }, gguf: "qwen2" },
  "qwen2, YaRN": {
    architecture: "qwen2",
    settings: {
      num_key_value_heads: 2,
      rope_parameters: { rope_type: "yarn", rope_theta: 10_000, factor: 4, original_max_position_embeddings: 256 },
    },
    gguf: "qwen2",
  },
  "qwen2, half of its layers sliding": {
    architecture: "qwen2",
    settings: { num_key_value_heads: 2, use_sliding_window: true, sliding_window: 20, max_window_layers: 2 },
    dtype: "float16",
  },
  qwen3: { architecture: "qwen3", settings: { num_key_value_heads: 2, head_dim: 32, tie_word_embeddings: false }, gguf: "qwen3" },
  "gemma 3": {
    architecture: "gemma3_text",
    settings: { ...gemma, head_dim: 32, query_pre_attn_scalar: 32, rope_parameters: { full_attention: full, sliding_attention: sliding } },
    gguf: "gemma3",
  },
  "gemma 3, its queries and angles scaled": {
    architecture: "gemma3_text",
    settings: {
      ...gemma,
      head_dim: 16,
      query_pre_attn_scalar: 40,
      rope_parameters: { full_attention: { ...full, rope_type: "linear", factor: 8 }, sliding_attention: sliding },
    },
  },
  "phi-3": { architecture: "phi3", settings: { num_key_value_heads: 2, pad_token_id: 0 } },
  "phi-3, LongRoPE": {
    architecture: "phi3",
    settings: {
      num_key_value_heads: 4,
      max_position_embeddings: 4096,
      original_max_position_embeddings: 1024,
      pad_token_id: 0,
      rope_parameters: {
        rope_type: "longrope",
        rope_theta: 10_000,
        original_max_position_embeddings: 1024,
        short_factor: [1, 1.05, 1.1, 1.3, 1.6, 2, 2.4, 3],
        long_factor: [1, 1.5, 2, 3, 5, 9, 20, 40],
      },
    },
  },
  mixtral: {
    architecture: "mixtral",
    settings: { num_key_value_heads: 2, num_local_experts: 4, num_experts_per_tok: 2 },
    gguf: "llama",
  },
  "qwen2-moe": { architecture: "qwen2_moe", settings: qwenExperts, gguf: "qwen2moe" },
  "qwen2-moe, its second layer dense": { architecture: "qwen2_moe", settings: { ...qwenExperts, mlp_only_layers: [1] } },
  "qwen3-moe": {
    architecture: "qwen3_moe",
    settings: {
      num_key_value_heads: 2,
      head_dim: 32,
      num_experts: 8,
      num_experts_per_tok: 2,
      moe_intermediate_size: 32,
      norm_topk_prob: true,
      tie_word_embeddings: true,
    },
    gguf: "qwen3moe",
  },
  "gpt-2": { architecture: "gpt2", settings: { vocab_size: 300, n_embd: 64, n_head: 4, n_layer: 3 }, gguf: "gpt2" },
};

describe("a tiny random model has the logits that transformers computes, read whole and after going back:", () => {
  const ids = Array.from({ length: 700 }, (_, index) => (index * 37 + 11) % 300); // more than fit the first cache, and several runs
  beforeAll(() => askPeer("decoder.py", { do: "make", folder, models, ids }));

  const places = Object.entries(models).flatMap(([name, { gguf }]) => (gguf === undefined ? [name] : [name, `${name}.gguf`]));
  test.each(places)("%s", async (name) => {
    const expected = numbersOf(path.join(folder, `${name.replace(".gguf", "")}.logits`));
    await using decoder = await Decoder.load(path.join(folder, name));
    const whole = await decoder.read(ids, { every: true });
    expect(farthest(whole, expected)).toBeLessThan(1e-3);
    decoder.truncate(100);
    await decoder.read(ids.slice(100, 130));
    const next = await decoder.read(ids.slice(130, 131));
    expect(farthest(next, expected.subarray(130 * 300, 131 * 300))).toBeLessThan(1e-3);
  });

  test.each(places)("%s, two sequences of different lengths at once", async (name) => {
    const expected = numbersOf(path.join(folder, `${name.replace(".gguf", "")}.logits`));
    await using decoder = await Decoder.load(path.join(folder, name));
    await decoder.read(ids.slice(0, 100));
    await using batch = await decoder.openBatch(2, 200);
    await batch.add();
    decoder.truncate(40);
    await batch.add();
    const next = await batch.step([ids[100]!, ids[40]!]);
    expect(farthest(next.subarray(0, 300), expected.subarray(100 * 300, 101 * 300))).toBeLessThan(1e-3);
    expect(farthest(next.subarray(300), expected.subarray(40 * 300, 41 * 300))).toBeLessThan(1e-3);
  });

  const withExperts = places.filter((name) => /^(mixtral|qwen\d-moe)/.test(name));
  test.each(withExperts)("%s, as modules", async (name) => {
    const expected = numbersOf(path.join(folder, `${name.replace(".gguf", "")}.logits`));
    const model = new Llama(await readLlama(path.join(folder, name)));
    const found = model.forward(tensor([ids.slice(0, 60)], { dtype: "int64" })).data as Float32Array;
    expect(farthest(found, expected.subarray(0, 60 * 300))).toBeLessThan(1e-3);
  });

  test.each(withExperts.filter((name) => !name.endsWith(".gguf")))("%s, saved by us and opened by transformers", async (name) => {
    const [from, saved] = [path.join(folder, name), path.join(folder, `${name}, saved`)];
    await saveLlama(new Llama(await readLlama(from)), saved, from);
    askPeer("decoder.py", { do: "logits", folder: saved, ids: ids.slice(0, 60), into: `${saved}.logits` });
    expect(farthest(numbersOf(`${saved}.logits`), numbersOf(`${from}.logits`).subarray(0, 60 * 300))).toBeLessThan(1e-4);
  });

  test("one of them lies in several files", () => {
    const files = readdirSync(path.join(folder, "llama, 16 bits, in several files"));
    expect(files.filter((name) => name.endsWith(".safetensors")).length).toBeGreaterThan(2);
  });
});

describe("SmolLM2-135M-Instruct, 4 bits", async () => {
  const { files, folder: model } = await fetchModel("SmolLM2-135M-Instruct");
  const [[file, place]] = Object.entries(files) as [[string, string]];
  // "The capital of France is Paris. The capital of Italy is"
  const ids = [504, 3575, 282, 4649, 314, 7042, 30, 378, 3575, 282, 7827, 314];
  const text = readFileSync(path.join(import.meta.dirname, "../../LICENSE"), "utf8").slice(0, 800);
  const windows = [
    [8192, 4096],
    [96, 40],
  ] as const;
  let language: LanguageModel;
  let expected: Float32Array; // (T, V)
  let nats: number[];
  beforeAll(async () => {
    language = await LanguageModel.load("SmolLM2-135M-Instruct", { dtype: "fp32" });
    const into = path.join(folder, "logits.bin");
    nats = askPeer("decoder.py", {
      do: "logits",
      folder: model,
      file,
      ids,
      into,
      text: [...language.tokenizer.encode(text)],
      windows,
    }) as number[];
    expected = numbersOf(into);
  });
  afterAll(() => language.close());

  test("in float32 the logits are those of transformers on the dequantised weights, within 0.001", async () => {
    await using decoder = await Decoder.load(place, { dtype: "fp32" });
    expect(farthest(await decoder.read(ids, { every: true }), expected)).toBeLessThan(1e-3);
  });

  test("perplexity is that of transformers' recipe, whole and in windows", async () => {
    const [first] = language.tokenizer.encode(text);
    for (const [index, [window, stride]] of windows.entries()) {
      const { natsPerToken, perplexity, bitsPerByte, tokens } = await language.perplexity(text, { window, stride });
      expect(natsPerToken).toBeCloseTo(nats[index]!, 4);
      expect(perplexity).toBeCloseTo(Math.exp(natsPerToken), 9);
      const bytes = text.length - language.tokenizer.bytesOf(first!).length;
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
