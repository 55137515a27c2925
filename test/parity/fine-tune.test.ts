/** Fine-tuning against PyTorch, transformers and peft: gradients, training step by step, adapters written by either side, merged models. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSafetensors } from "../../kernel-helpers/checkpoints/index.ts";
import { Decoder, fineTune, Llama, readLlama, type Example } from "../../kernel-helpers/llm/index.ts";
import { encodeConversation } from "../../kernel-helpers/llm/fine-tune/examples.ts";
import { readModelText } from "../../kernel-helpers/llm/model-text.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
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
const ids = Array.from({ length: 2 }, (_, row) => Array.from({ length: 24 }, (_, index) => (index * 37 + 11 * row + 5) % 300));
const targets = ids.map((row) => row.map((id, index) => (index % 3 === 0 ? -100 : (id * 7 + 1) % 300)));

beforeAll(async () => {
  askPeer("decoder.py", { do: "make", folder, models });
  const tokenizer = await BpeTokenizer.train(["the gate is by the river, the market is by the temple"], {
    vocabSize: 290,
    specialTokens: ["<|im_start|>", "<|im_end|>"],
  });
  for (const name of Object.keys(models)) await tokenizer.save(path.join(folder, name, "tokenizer.json"));
});

describe("tiny random models", () => {
  test.each(Object.keys(models))("%s: loss, logits and gradients of all parameters are PyTorch's", async (name) => {
    const [into, logits] = [path.join(folder, `${name}-gradients.safetensors`), path.join(folder, `${name}-logits.bin`)];
    const loss = askPeer("fine_tune.py", { do: "gradients", folder: path.join(folder, name), ids, targets, into }) as number;
    askPeer("fine_tune.py", { do: "logits", folder: path.join(folder, name), ids: ids[0], into: logits });
    const model = new Llama(await readLlama(path.join(folder, name)));
    const [given, wanted] = [ids, targets].map((numbers) => tensor(numbers, { dtype: "int64" })) as [Tensor, Tensor];
    const both = jit((inputs: Tensor, outputs: Tensor) =>
      valueAndGrad(() => crossEntropy(model.forward(inputs), outputs))(model.parameters()),
    );
    const [value, gradients] = both(given, wanted);
    expect(value.item()).toBeCloseTo(loss, 4);
    expect(farthest(model.forward(given).data.slice(0, 24 * 300) as Float32Array, numbersIn(logits))).toBeLessThan(1e-3);
    await using expected = await openSafetensors(into);
    expect(Object.keys(gradients).toSorted()).toEqual(expected.names.toSorted());
    for (const [parameter, gradient] of Object.entries(gradients)) {
      const theirs = await expected.readFloat32(parameter);
      const size = Math.sqrt(theirs.reduce((sum, each) => sum + each * each, 0));
      const apart = Math.sqrt((gradient.data as Float32Array).reduce((sum, each, index) => sum + (each - theirs[index]!) ** 2, 0));
      expect(apart, parameter).toBeLessThan(1e-3 * size + 1e-7);
    }
  });

  const examples: Example[] = ["the gate", "the river", "a market", "a temple"].map((place, index) => ({
    prompt: `where is ${place} `,
    completion: `by the ${["river", "gate", "temple", "market"][index]!}`,
  }));

  test("an adapter trains as peft trains it: the same losses and the same matrices after several steps", async () => {
    const place = path.join(folder, "qwen2");
    const settings = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "down_proj"] as const };
    const common = { ...settings, packing: false, batchTokens: 4096, schedule: "constant" as const, learningRate: 0.01, show: false };
    const start = await fineTune(place, examples, { ...common, steps: 1, learningRate: 0 });
    await start.save(path.join(folder, "start"));
    const tuned = await fineTune(place, examples, { ...common, steps: 4 });
    await tuned.save(path.join(folder, "ours"));

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
    const losses = askPeer("fine_tune.py", {
      do: "train-adapter",
      folder: place,
      start: path.join(folder, "start/adapter_model.safetensors"),
      settings: { r: 4, lora_alpha: 8, target_modules: settings.targets },
      batch: rows.map((row) => [...row.ids, ...Array.from({ length: width - row.ids.length }, () => 0)]),
      targets: rows.map((row) => [...row.targets, ...Array.from({ length: width - row.targets.length }, () => -100)]),
      rate: 0.01,
      steps: 4,
      into: path.join(folder, "theirs"),
    }) as number[];
    expect(tuned.history.loss).toEqual(losses.map((loss) => expect.closeTo(loss, 3)));
    await using ours = await openSafetensors(path.join(folder, "ours/adapter_model.safetensors"));
    await using theirs = await openSafetensors(path.join(folder, "theirs/adapter_model.safetensors"));
    expect(ours.names.toSorted()).toEqual(theirs.names.toSorted());
    for (const name of ours.names) expect(farthest(await ours.readFloat32(name), await theirs.readFloat32(name)), name).toBeLessThan(2e-3);
  });

  test.each(["llama", "qwen2"])("%s: peft opens what we write, and merges it, with our logits", async (name) => {
    const place = path.join(folder, name);
    const tuned = await fineTune(place, examples, { rank: 3, alpha: 5, steps: 3, learningRate: 0.02, show: false });
    const [adapter, whole] = [path.join(folder, `${name}-adapter`), path.join(folder, `${name}-whole`)];
    await tuned.save(adapter);
    await tuned.saveMerged(whole);
    const [into, merged, fromFolder] = ["into", "merged", "folder"].map((file) => path.join(folder, `${name}-${file}.bin`)) as [
      string,
      string,
      string,
    ];
    askPeer("fine_tune.py", { do: "open-adapter", folder: place, adapter, ids: ids[0], into, merged });
    askPeer("fine_tune.py", { do: "logits", folder: whole, ids: ids[0], into: fromFolder });
    const ours = tuned.model.forward(tensor([ids[0]!], { dtype: "int64" })).data as Float32Array;
    for (const file of [into, merged, fromFolder]) expect(farthest(ours, numbersIn(file)), file).toBeLessThan(1e-3);
    for (const [model, options] of [
      [place, { adapter }],
      [whole, {}],
    ] as const) {
      await using decoder = await Decoder.load(model, options);
      expect(farthest(await decoder.read(ids[0]!, { every: true }), ours)).toBeLessThan(1e-3);
    }
    const before = await logitsOfBase(place);
    expect(farthest(before, ours)).toBeGreaterThan(0.01); // it has learnt something
  });

  test.each(["llama-tied", "qwen3"])("%s: what peft has written opens here, with its logits", async (name) => {
    const place = path.join(folder, name);
    const [adapter, logits] = [path.join(folder, `${name}-theirs`), path.join(folder, `${name}-theirs.bin`)];
    const settings = { r: 4, lora_alpha: 12, target_modules: ["q_proj", "k_proj", "o_proj", "gate_proj"], use_rslora: name === "qwen3" };
    askPeer("fine_tune.py", {
      do: "train-adapter",
      folder: place,
      settings,
      batch: ids,
      targets,
      rate: 0.01,
      steps: 2,
      into: adapter,
      ids: ids[0],
      logits,
    });
    await using decoder = await Decoder.load(place, { adapter });
    expect(farthest(await decoder.read(ids[0]!, { every: true }), numbersIn(logits))).toBeLessThan(1e-3);
    await expect(Decoder.load(path.join(folder, "llama"), { adapter })).rejects.toThrow(name === "qwen3" ? "has other sizes" : "q_proj");
  });

  async function logitsOfBase(place: string): Promise<Float32Array> {
    await using decoder = await Decoder.load(place);
    return decoder.read(ids[0]!, { every: true });
  }
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
  const expected = askPeer("fine_tune.py", { do: "template", folder: place, file, conversations, end: "<|im_end|>" }) as {
    ids: number[];
    learnt: boolean[];
  }[];
  conversations.forEach((messages, index) => {
    const { ids: found, isLearnt } = encodeConversation("example", { messages }, text);
    expect([...found]).toEqual(expected[index]!.ids);
    expect(isLearnt).toEqual(expected[index]!.learnt);
  });
});
