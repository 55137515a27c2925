/** Decoders against llama.cpp: the same greedy text from the same file; and a file that we wrote, opened there. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { PeerProcess } from "../../bench/peer-process.ts";
import { openGguf, writeGguf, type GgufInput } from "../../kernel-helpers/checkpoints/index.ts";
import { Decoder, Sampler } from "../../kernel-helpers/llm/index.ts";
import { cacheFolder, fetchModel } from "../../kernel-helpers/models/index.ts";
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
];
const chinese = ["中国的首都是", "从前有一位渔夫，他", "请用一句话介绍北京：", "做面包需要", "# 快速排序\ndef quick_sort("];

test("SmolLM2-135M-Instruct continues prompts as llama.cpp does, or parts where both hold two tokens for about equally likely", async () => {
  const { files } = await fetchModel("SmolLM2-135M-Instruct");
  const { equal, partings } = await compare(Object.values(files)[0]!, isCI ? english.slice(0, 3) : english, isCI ? 50 : 200);
  console.log(JSON.stringify({ equal, partings }, undefined, 1));
}, 1_800_000);

const qwen = path.join(cacheFolder(), "models", "Qwen2.5-Coder-0.5B-Instruct");
test.skipIf(isCI || !existsSync(qwen))("Qwen2.5-Coder-0.5B-Instruct does, in Chinese and English", async () => {
  const { files } = await fetchModel("Qwen2.5-Coder-0.5B-Instruct");
  const { equal, partings } = await compare(Object.values(files)[0]!, [...english, ...chinese], 200);
  console.log(JSON.stringify({ equal, partings }, undefined, 1));
}, 1_800_000);
