/**
 * 2000 real sentences of 5 to 100 words and more, embedded on two threads: float32 and int8, each against sentence-transformers, which runs the
 * same weights in PyTorch with its default batches of 32, sorted by length.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { loadEnglish } from "../kernel-helpers/data/index.ts";
import { cosineSimilarity, SentenceEncoder, type EncoderDType } from "../kernel-helpers/embeddings/index.ts";
import { fetchModel } from "../kernel-helpers/models/index.ts";
import type { Bench } from "./bench.ts";

const threads = 2;
const pairs = 5;
const model = "all-MiniLM-L6-v2";

/** Sentences from the middle of Moby-Dick, without headings and interjections. */
async function sentences(): Promise<string[]> {
  const prose = (await loadEnglish()).map(({ text }) => text.replace(/\s+/g, " ")).join(" ");
  const all = Array.from(prose.matchAll(/[A-Z][^.!?]{20,}[.!?]/g), ([sentence]) => sentence);
  return all.slice(500, 2500);
}

async function measure(dtype: EncoderDType, leastCosine: number): Promise<[number, number][]> {
  const texts = await sentences();
  const { folder } = await fetchModel(model);
  const script = path.join(import.meta.dirname, "embed.py");
  const peer = spawn(".venv/bin/python", [script, folder, String(threads)], { stdio: ["pipe", "pipe", "ignore"] });
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const ask = async (command: unknown): Promise<{ seconds: number; first: number[] }> => {
    peer.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error("the Python peer ended; is it set up? npm run bench:setup");
    return JSON.parse(value as string) as { seconds: number; first: number[] };
  };
  using encoder = await SentenceEncoder.load(model, { device: "cpu", dtype, threads });
  const ours = async (): Promise<{ perSecond: number; first: Float32Array }> => {
    const started = performance.now();
    const vectors = await encoder.encode(texts, { onProgress: () => undefined });
    return { perSecond: (1000 * texts.length) / (performance.now() - started), first: vectors.row(0) };
  };
  try {
    const [one, other] = [await ours(), await ask(texts)]; // warms both, and shows that they do the same work
    const cosine = cosineSimilarity(one.first, Float32Array.from(other.first));
    if (cosine < leastCosine) throw new Error(`the vectors differ: cosine ${cosine}`);
    const measured: [number, number][] = [];
    for (let pair = 0; pair < pairs; pair++) measured.push([(await ours()).perSecond, texts.length / (await ask(null)).seconds]);
    return measured;
  } finally {
    peer.stdin.end();
    if (peer.exitCode === null) await once(peer, "exit");
  }
}

const peer = "sentence-transformers 6.2.0, torch 2.13.0, float32, 2 threads";
const benches: Bench[] = [
  { name: "embed-fp32", peer, unit: "sentences/s", run: () => measure("fp32", 0.9999) },
  { name: "embed-q8", peer, unit: "sentences/s", run: () => measure("q8", 0.97) },
];
export default benches;
