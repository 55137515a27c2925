/**
 * Byte-level BPE on the poems of the Tang dynasty and Moby-Dick, a text at a time, one thread on each side. Training: vocabulary 8192. Encoding:
 * GPT-2's vocabulary, each time with a fresh tokenizer, for all peers but tiktoken remember words that they have met.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { clearMergeCache, encode as encodeWithGptTokenizer } from "gpt-tokenizer/encoding/r50k_base";
import { loadEnglish, loadPoems } from "../kernel-helpers/data/index.ts";
import { fetchModel } from "../kernel-helpers/models/index.ts";
import { BpeTokenizer } from "../kernel-helpers/tokenizer/index.ts";
import type { Bench } from "./bench.ts";

const vocabSize = 8192;

interface Measured {
  seconds: number;
  /** Tokens made, or in the vocabulary: both sides must agree. */
  count: number;
}

type Ask = (command: object) => Promise<Measured>;

async function loadTexts(poems: number): Promise<string[]> {
  const [chinese, english] = await Promise.all([loadPoems({ limit: poems }), loadEnglish()]);
  return [...chinese, ...english].map(({ text }) => text);
}

const megabytes = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;

/** Gives `use` the Python peers, held to one thread, with the texts in their memory. */
async function withPython<T>(texts: readonly string[], use: (ask: Ask) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-bench-bpe-"));
  writeFileSync(path.join(folder, "texts.json"), JSON.stringify(texts));
  const { files } = await fetchModel("gpt2");
  const peer = spawn(".venv/bin/python", [path.join(import.meta.dirname, "bpe.py"), folder, files["encoder.json"]!, files["vocab.bpe"]!], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, RAYON_NUM_THREADS: "1", TOKENIZERS_PARALLELISM: "false" },
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const ask: Ask = async (command) => {
    peer.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("the Python peer ended; is it set up? npm run bench:setup");
    return JSON.parse(value as string) as Measured;
  };
  try {
    return await use(ask);
  } finally {
    peer.stdin.end();
    if (peer.exitCode === null) await once(peer, "exit");
    rmSync(folder, { recursive: true });
  }
}

async function timed(work: () => number | Promise<number>): Promise<Measured> {
  const started = performance.now();
  const count = await work();
  return { seconds: (performance.now() - started) / 1000, count };
}

/** One pair to warm up, which must agree, then the pairs that count. */
async function alternate(pairs: number, ours: () => Promise<Measured>, theirs: () => Promise<Measured>): Promise<[number, number][]> {
  const [one, other] = [await ours(), await theirs()];
  if (one.count !== other.count) throw new Error(`ours made ${one.count} tokens, the peer ${other.count}`);
  const measured: [number, number][] = [];
  for (let pair = 0; pair < pairs; pair++) measured.push([(await ours()).seconds, (await theirs()).seconds]);
  return measured;
}

const train = (peer: string, description: string): Bench => ({
  name: `bpe-train/${peer}`,
  peer: `${description}, vocabulary ${vocabSize}, one thread`,
  unit: "s",
  run: async () => {
    const texts = await loadTexts(20_000);
    const ours = (): Promise<Measured> =>
      timed(async () => (await BpeTokenizer.train(texts, { vocabSize, onProgress: () => undefined })).vocabSize);
    return withPython(texts, (ask) => alternate(3, ours, () => ask({ do: `train_${peer}`, vocabSize })));
  },
});

const encode = (peer: string, description: string, inJavaScript?: (text: string) => number): Bench => ({
  name: `bpe-encode/${peer}`,
  peer: `${description}, GPT-2's vocabulary, one thread`,
  unit: "MB/s",
  run: async () => {
    const texts = await loadTexts(6000);
    const total = (count: (text: string) => number): number => texts.reduce((sum, text) => sum + count(text), 0);
    const ours = async (): Promise<Measured> => {
      const tokenizer = await BpeTokenizer.fromPretrained("gpt2");
      return timed(() => total((text) => tokenizer.encode(text).length));
    };
    const size = megabytes(texts);
    const speeds = (pairs: [number, number][]): [number, number][] => pairs.map(([one, other]) => [size / one, size / other]);
    if (inJavaScript) {
      const theirs = (): Promise<Measured> => {
        clearMergeCache();
        return timed(() => total(inJavaScript));
      };
      return speeds(await alternate(7, ours, theirs));
    }
    return withPython(texts, async (ask) => speeds(await alternate(7, ours, () => ask({ do: `encode_${peer}` }))));
  },
});

const benches: Bench[] = [
  train("tokenizers", "tokenizers 0.23.3"),
  train("rustbpe", "rustbpe 0.1.0"),
  encode("tiktoken", "tiktoken 0.14.0"),
  encode("tokenizers", "tokenizers 0.23.3"),
  encode("gpt-tokenizer", "gpt-tokenizer 4.0.0", (text) => encodeWithGptTokenizer(text).length),
];
export default benches;
