/** Fine-tuning against PyTorch, transformers and peft: gradients, training step by step, adapters written by either side, merged models. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGguf, openSafetensors, writeGguf, type Gguf, type GgufInput } from "../../kernel-helpers/checkpoints/index.ts";
import { Decoder, fineTune, Llama, readLlama, type Example } from "../../kernel-helpers/llm/index.ts";
import { encodeConversation } from "../../kernel-helpers/llm/fine-tune/examples.ts";
import { readModelText } from "../../kernel-helpers/llm/model-text.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";
import { crossEntropy, jit, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { askPeer } from "./ask-peer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-fine-tune-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbersIn = (file: string): Float32Array => new Float32Array(Uint8Array.from(readFileSync(file)).buffer);
const farthest = (a: Float32Array, b: Float32Array): number =>
  a.length === b.length ? a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0) : Infinity;

const models = {
  llama: ["llama", { num_key_value_heads: 2, tie_word_embeddings: false }],
  "llama-tied": ["llama", { num_key_value_heads: 4, tie_word_embeddings: true }],
  qwen2: ["qwen2", { num_key_value_heads: 1, tie_word_embeddings: true }],
  qwen3: ["qwen3", { num_key_value_heads: 2, head_dim: 32, tie_word_embeddings: false }],
};
const names = Object.keys(models);
const ids = Array.from({ length: 2 }, (_, row) => Array.from({ length: 24 }, (_, index) => (index * 37 + 11 * row + 5) % 300));
const targets = ids.map((row) => row.map((id, index) => (index % 3 === 0 ? -100 : (id * 7 + 1) % 300)));
const at = (name: string): string => path.join(folder, name);

const ask = (commands: readonly object[]): unknown[] => askPeer("fine_tune.py", commands) as unknown[];

describe("tiny random models", () => {
  let losses: number[] = [];

  beforeAll(async () => {
    askPeer("decoder.py", { do: "make", folder, models });
    const tokenizer = await BpeTokenizer.train(["the gate is by the river, the market is by the temple"], {
      vocabSize: 290,
      specialTokens: ["<|im_start|>", "<|im_end|>"],
    });
    for (const name of names) await tokenizer.save(path.join(folder, name, "tokenizer.json"));
    const common = { batch: ids, targets, rate: 0.01, steps: 3, ids: ids[0] };
    const settings = { r: 4, lora_alpha: 12, target_modules: ["q_proj", "k_proj", "o_proj", "gate_proj"] };
    losses = ask([
      ...names.map((name) => ({ do: "gradients", folder: at(name), ids, targets, into: at(`${name}-gradients.safetensors`) })),
      ...names.map((name) => ({ do: "logits", folder: at(name), ids: ids[0], into: at(`${name}-logits.bin`) })),
      ...["llama-tied", "qwen3"].map((name) => ({
        ...common,
        do: "train_adapter",
        folder: at(name),
        settings: { ...settings, use_rslora: name === "qwen3" },
        into: at(`${name}-theirs`),
        logits: at(`${name}-theirs.bin`),
      })),
    ]).slice(0, names.length) as number[];
  });

  test.each(names)("%s: loss, logits and gradients of all parameters are PyTorch's", async (name) => {
    const model = new Llama(await readLlama(at(name)));
    const [given, wanted] = [ids, targets].map((numbers) => tensor(numbers, { dtype: "int64" })) as [Tensor, Tensor];
    const both = jit((inputs: Tensor, outputs: Tensor) =>
      valueAndGrad(() => crossEntropy(model.forward(inputs), outputs))(model.parameters()),
    );
    const [value, gradients] = both(given, wanted);
    expect(value.item()).toBeCloseTo(losses[names.indexOf(name)]!, 4);
    expect(farthest(model.forward(given).data.slice(0, 24 * 300) as Float32Array, numbersIn(at(`${name}-logits.bin`)))).toBeLessThan(1e-3);
    await using expected = await openSafetensors(at(`${name}-gradients.safetensors`));
    expect(Object.keys(gradients).toSorted()).toEqual(expected.names.toSorted());
    for (const [parameter, gradient] of Object.entries(gradients)) {
      const theirs = await expected.readFloat32(parameter);
      const size = Math.hypot(...theirs);
      const apart = Math.hypot(...(gradient.data as Float32Array).map((each, index) => each - theirs[index]!));
      expect(apart, parameter).toBeLessThan(1e-3 * size + 1e-7);
    }
  });

  const examples: Example[] = ["the gate", "the river", "a market", "a temple"].map((place, index) => ({
    prompt: `where is ${place} `,
    completion: `by the ${["river", "gate", "temple", "market"][index]!}`,
  }));

  test("an adapter trains as peft trains it, and peft opens and merges what we write, with our logits", async () => {
    const place = at("qwen2");
    const settings = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "down_proj"] as const };
    const common = { ...settings, packing: false, batchTokens: 4096, schedule: "constant" as const, show: false };
    const start = await fineTune(place, examples, { ...common, steps: 1, learningRate: 0 });
    await start.save(at("start"));
    const tuned = await fineTune(place, examples, { ...common, steps: 4, learningRate: 0.01 });
    await tuned.save(at("ours"));
    const other = await fineTune(at("llama"), examples, { rank: 3, alpha: 5, steps: 3, learningRate: 0.02, show: false });
    await other.save(at("llama-ours"));
    await other.saveMerged(at("llama-whole"));

    const tokenizer = await BpeTokenizer.load(path.join(place, "tokenizer.json"));
    const rows = examples.map((example) => {
      const { prompt, completion } = example as { prompt: string; completion: string };
      const [before, after] = [
        [...tokenizer.encode(prompt)],
        [...tokenizer.encode(completion), tokenizer.specialTokens.get("<|im_end|>")!],
      ];
      return { ids: [...before, ...after], targets: [...before.slice(1).map(() => -100), ...after] };
    });
    const width = Math.max(...rows.map((row) => row.ids.length));
    const filled = (row: number[], filling: number): number[] => [...row, ...Array.from({ length: width - row.length }, () => filling)];
    const [theirLosses] = ask([
      {
        do: "train_adapter",
        folder: place,
        start: at("start/adapter_model.safetensors"),
        settings: { r: 4, lora_alpha: 8, target_modules: settings.targets },
        batch: rows.map((row) => filled(row.ids, 0)),
        targets: rows.map((row) => filled(row.targets, -100)),
        rate: 0.01,
        steps: 4,
        into: at("theirs"),
      },
      { do: "open_adapter", folder: at("llama"), adapter: at("llama-ours"), ids: ids[0], into: at("into.bin"), merged: at("merged.bin") },
      { do: "logits", folder: at("llama-whole"), ids: ids[0], into: at("whole.bin") },
    ]) as [number[], null, null];
    expect(tuned.history.loss).toEqual(theirLosses.map((loss) => expect.closeTo(loss, 3)));
    await using ours = await openSafetensors(at("ours/adapter_model.safetensors"));
    await using theirs = await openSafetensors(at("theirs/adapter_model.safetensors"));
    expect(ours.names.toSorted()).toEqual(theirs.names.toSorted());
    for (const name of ours.names) expect(farthest(await ours.readFloat32(name), await theirs.readFloat32(name)), name).toBeLessThan(2e-3);

    const found = other.model.forward(tensor([ids[0]!], { dtype: "int64" })).data as Float32Array;
    for (const file of ["into.bin", "merged.bin", "whole.bin"]) expect(farthest(found, numbersIn(at(file))), file).toBeLessThan(1e-3);
    for (const [model, options] of [
      [at("llama"), { adapter: at("llama-ours") }],
      [at("llama-whole"), {}],
    ] as const) {
      await using decoder = await Decoder.load(model, options);
      expect(farthest(await decoder.read(ids[0]!, { every: true }), found)).toBeLessThan(1e-3);
    }
    expect(farthest(numbersIn(at("llama-logits.bin")), found)).toBeGreaterThan(0.01); // it has learnt something
  });

  test.each(["llama-tied", "qwen3"])("%s: what peft has written opens here, with its logits", async (name) => {
    const adapter = at(`${name}-theirs`);
    await using decoder = await Decoder.load(at(name), { adapter });
    const found = await decoder.read(ids[0]!, { every: true });
    expect(farthest(found, numbersIn(at(`${name}-theirs.bin`)))).toBeLessThan(1e-3);
    expect(farthest(found, numbersIn(at(`${name}-logits.bin`)))).toBeGreaterThan(0.01);
    await expect(Decoder.load(at("qwen2"), { adapter })).rejects.toThrow("has other sizes");
  });
});

test("what is learnt of SmolLM2's conversations are the assistant's tokens and the end of its turns, by transformers' offsets", async () => {
  const { files, folder: place } = await fetchModel("SmolLM2-135M-Instruct");
  const [[file, gguf]] = Object.entries(files) as [[string, string]];
  const text = await readModelText(gguf, "SmolLM2");
  const conversations = [
    [
      { role: "user", content: "Hello, who are you?" },
      { role: "assistant", content: "I am a model.\n\nAsk me anything." },
    ],
    [
      { role: "system", content: "Answer in Chinese." },
      { role: "user", content: "Where is the gate?" },
      { role: "assistant", content: "在河边。" },
      { role: "user", content: "And the market?" },
      { role: "assistant", content: '{"place": "temple", "near": [1, 2]}' },
    ],
  ] as const;
  const [expected] = ask([{ do: "template", folder: place, file, conversations, end: "<|im_end|>" }]) as [
    {
      ids: number[];
      learnt: boolean[];
    }[],
  ];
  conversations.forEach((messages, index) => {
    const { ids: found, isLearnt } = encodeConversation("example", { messages }, text);
    expect([...found]).toEqual(expected[index]!.ids);
    expect(isLearnt).toEqual(expected[index]!.learnt);
  });
});

test("an exported GGUF file has the tuned model's logits, here and in transformers, and its tokenizer and chat template", async () => {
  const { files } = await fetchModel("SmolLM2-135M-Instruct");
  using source = openGguf(Object.values(files)[0]!);
  const [base, exported] = [path.join(folder, "tiny.gguf"), path.join(folder, "tuned.gguf")];
  await writeTinyGguf(base, source);
  const conversation = [
    { role: "user", content: "Where is the gate?" },
    { role: "assistant", content: "By the river." },
  ] as const;
  const tuned = await fineTune(base, [{ messages: conversation }], { rank: 2, steps: 3, learningRate: 0.02, show: false });
  await tuned.exportGguf(exported, { dtype: "f32" });
  const read = [1, 4093, 198, 504, 3575, 282, 4649, 314, 7042, 30];
  const expected = tuned.model.forward(tensor([read], { dtype: "int64" })).data as Float32Array;
  await using decoder = await Decoder.load(exported);
  expect(farthest(await decoder.read(read, { every: true }), expected)).toBeLessThan(1e-3);
  const into = path.join(folder, "tuned.bin");
  askPeer("decoder.py", { do: "logits", folder, file: "tuned.gguf", ids: read, into });
  expect(farthest(numbersIn(into), expected)).toBeLessThan(1e-3);
  const [before, after] = [await readModelText(base, "base"), await readModelText(exported, "tuned")];
  expect(after.chatTemplate!.render(conversation)).toBe(before.chatTemplate!.render(conversation));
  expect(after.tokenizer.encode("Where is the gate?")).toEqual(before.tokenizer.encode("Where is the gate?"));
});

/** Random weights of a llama with two narrow blocks, and SmolLM2's tokenizer. */
async function writeTinyGguf(file: string, source: Gguf): Promise<void> {
  const [width, hidden, heads, keys] = [32, 64, 2, 1];
  const count = source.list("tokenizer.ggml.tokens").length;
  const block = {
    "attn_norm.weight": [width],
    "attn_q.weight": [width, width],
    "attn_k.weight": [(width / heads) * keys, width],
    "attn_v.weight": [(width / heads) * keys, width],
    "attn_output.weight": [width, width],
    "ffn_norm.weight": [width],
    "ffn_gate.weight": [hidden, width],
    "ffn_up.weight": [hidden, width],
    "ffn_down.weight": [width, hidden],
  };
  const shapes = [
    ["token_embd.weight", [count, width]] as const,
    ...[0, 1].flatMap((layer) => Object.entries(block).map(([name, shape]) => [`blk.${layer}.${name}`, shape] as const)),
    ["output_norm.weight", [width]] as const,
  ];
  const random = createRandom(3);
  const tensors = shapes.map(([name, shape]): [string, GgufInput] => {
    const data = Float32Array.from({ length: shape.reduce((size, each) => size * each, 1) }, () => random.normal() * 0.3);
    return [name, { dtype: "F32", shape, data }];
  });
  const sizes = {
    embedding_length: width,
    feed_forward_length: hidden,
    block_count: 2,
    "attention.head_count": heads,
    "attention.head_count_kv": keys,
    "rope.dimension_count": width / heads,
  };
  const changed = Object.entries(sizes).map(([key, value]) => [`llama.${key}`, { type: "uint32", value }] as const);
  await writeGguf(file, Object.fromEntries(tensors), { ...source.metadata, ...Object.fromEntries(changed) });
}
