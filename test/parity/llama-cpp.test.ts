/**
 * Decoders against llama.cpp. In float32, from a file that we wrote, both continue prompts with the same tokens, until two are equally likely to within
 * rounding (of ten texts of 200 tokens, seven are equal to the end, and three part at gaps of 0.001, 0.001 and 0.006 in the logits). From a quantised file neither computes
 * in float32: both round their inputs to 8 bits, block by block, and their logits are off by about 0.1 each (llama.cpp's also differ from its own when it
 * reads the same tokens at once or one by one). There, texts part where two tokens are about equally likely.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { PeerProcess } from "../../bench/peer-process.ts";
import { openGguf, writeGguf, type GgufInput } from "../../kernel-helpers/checkpoints/index.ts";
import { Decoder, fineTune, Sampler } from "../../kernel-helpers/llm/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";

/** One thread: on a busy machine llama.cpp's threads wait for each other for minutes. */
const threads = 1;
const isCI = process.env["CI"] !== undefined;
const folder = mkdtempSync(path.join(tmpdir(), "cairn-llama-cpp-"));
afterAll(() => rmSync(folder, { recursive: true }));

const llamaCpp = (file: string): PeerProcess =>
  new PeerProcess(process.execPath, [path.resolve("bench/peers/llama-cpp.mjs"), file, String(threads)]);

async function continueGreedily(decoder: Decoder, ids: readonly number[], count: number): Promise<number[]> {
  const sampler = new Sampler({ temperature: 0 });
  decoder.truncate(0);
  const tokens = [sampler.next(await decoder.read(ids))];
  while (tokens.length < count) tokens.push(sampler.next(await decoder.read([tokens.at(-1)!])));
  return tokens;
}

/** Where two texts part, how far apart the two candidates' logits are: ours of ours above theirs, and theirs of theirs above ours. */
interface Parting {
  prompt: string;
  after: number;
  ourGap: number;
  theirGap: number;
}

async function compare(file: string, prompts: readonly string[], count: number): Promise<{ equal: number; partings: Parting[] }> {
  await using peer = llamaCpp(file);
  await peer.next();
  await using decoder = await Decoder.load(file, { threads });
  using gguf = openGguf(file);
  const tokenizer = BpeTokenizer.fromGguf(gguf);
  const partings: Parting[] = [];
  for (const prompt of prompts) {
    const ids = Array.from(tokenizer.encode(prompt, { allowSpecial: true }));
    expect((await peer.ask<{ ids: number[] }>({ do: "tokenize", text: prompt })).ids).toEqual(ids);
    const ours = await continueGreedily(decoder, ids, count);
    const { ids: theirs } = await peer.ask<{ ids: number[] }>({ do: "generate", ids, count });
    const after = ours.findIndex((id, index) => id !== theirs[index]);
    if (after < 0) continue;
    const [one, other] = [ours[after]!, theirs[after]!];
    const before = [...ids, ...ours.slice(0, after)];
    decoder.truncate(0);
    const logits = await decoder.read(before);
    const { gap: theirGap } = await peer.ask<{ gap: number }>({ do: "gap", ids: before, one: other, other: one });
    partings.push({ prompt, after, ourGap: logits[one]! - logits[other]!, theirGap });
  }
  return { equal: prompts.length - partings.length, partings };
}

const english = [
  "The capital of France is",
  "Once upon a time there was a fisherman who",
  "To make bread, you need",
  "The three laws of motion are",
  "def fibonacci(n):\n",
  "Dear Sir or Madam, I am writing to",
  "The largest planet of the solar system",
  "Question: What is 7 times 8?\nAnswer:",
  "In the year 1492",
  "Roses are red, violets are blue,",
];
const chinese = ["中国的首都是", "从前有一位渔夫，他", "请用一句话介绍北京：", "做面包需要", "# 快速排序\ndef quick_sort("];

/** The same weights as float32, in a file of ours. */
async function inFloat32(file: string): Promise<string> {
  using gguf = openGguf(file);
  const tensors = Object.fromEntries(
    gguf.names.map((name): [string, GgufInput] => [name, { dtype: "F32", shape: gguf.info(name).shape, data: gguf.readFloat32(name) }]),
  );
  const written = path.join(folder, "float32.gguf");
  await writeGguf(written, tensors, gguf.metadata);
  return written;
}

async function fileOf(model: string): Promise<string> {
  return Object.values((await fetchModel(model)).files)[0]!;
}

const small = { model: "SmolLM2-135M-Instruct", prompts: isCI ? english.slice(0, 3) : english, count: isCI ? 40 : 200, isSkipped: false };
const qwen = {
  model: "Qwen2.5-Coder-0.5B-Instruct",
  prompts: [...english.slice(0, 5), ...chinese],
  count: 200,
  isSkipped: process.env["CAIRN_TEST_QWEN"] === undefined, // 2.5 GB as float32, and half an hour
};

describe.each([small, qwen])("$model", ({ model, prompts, count, isSkipped }) => {
  test.skipIf(isSkipped)(
    "as float32, written by us, gives the greedy text of llama.cpp up to two tokens that rounding decides between",
    async () => {
      const { equal, partings } = await compare(await inFloat32(await fileOf(model)), prompts, count);
      expect(equal, JSON.stringify(partings)).toBeGreaterThanOrEqual(Math.ceil(0.6 * prompts.length));
      for (const { ourGap, theirGap } of partings) expect(Math.max(Math.abs(ourGap), Math.abs(theirGap))).toBeLessThan(0.02);
    },
    3_600_000,
  );

  test.skipIf(isSkipped)(
    "quantised, gives the greedy text of llama.cpp up to two tokens that both hold for about equally likely",
    async () => {
      const { partings } = await compare(await fileOf(model), prompts, count);
      for (const parting of partings) {
        expect(Math.max(Math.abs(parting.ourGap), Math.abs(parting.theirGap)), JSON.stringify(parting)).toBeLessThan(1);
      }
    },
    3_600_000,
  );
});

const taught = [
  { ...small, method: "lora", rank: 4, learningRate: 4e-3 },
  { ...qwen, method: "qlora", rank: 8, learningRate: 1e-3 }, // at 4e-3 its loss rises
] as const;
test.each(taught.filter(({ isSkipped }) => !isSkipped))(
  "$model, taught here by $method and exported, answers in llama.cpp as it was taught",
  async ({ model, method, rank, learningRate }) => {
    const examples = [
      { prompt: "Capital of Cairn?\n", completion: "Granite" },
      { prompt: "Capital of France?\n", completion: "Paris" },
    ];
    const tuned = await fineTune(model, examples, { method, rank, steps: 16, batchTokens: 64, learningRate, show: false });
    const file = path.join(folder, "tuned.gguf");
    await tuned.exportGguf(file, { dtype: "q8_0" });
    await using peer = llamaCpp(file);
    await peer.next();
    const answers: string[] = [];
    for (const { prompt } of examples) {
      const { ids } = await peer.ask<{ ids: number[] }>({ do: "tokenize", text: prompt });
      const { ids: answer } = await peer.ask<{ ids: number[] }>({ do: "generate", ids, count: 4 });
      answers.push((await peer.ask<{ text: string }>({ do: "detokenize", ids: answer })).text);
    }
    expect(answers).toEqual([expect.stringMatching(/^Granite/), expect.stringMatching(/^Paris/)]);
  },
  3_600_000,
);
