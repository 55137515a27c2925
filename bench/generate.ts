/**
 * Published language models against node-llama-cpp, from the same GGUF file, on two threads each: tokens a second one at a time and of a prompt, how
 * long loading and the first token take, and the most memory that each process ever holds.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { cacheFolder, fetchModel } from "../kernel-helpers/models/index.ts";
import type { Bench } from "./bench.ts";
import { PeerProcess } from "./peer-process.ts";

const threads = 2;
const pairs = 5;
const [decodedTokens, promptTokens] = [64, 512];

interface Loaded {
  seconds: number;
  memory: number;
}

interface Generated {
  ids: number[];
  /** Seconds until the first token, and from it to the last. */
  first: number;
  rest: number;
  memory: number;
}

const here = import.meta.dirname;
const ours = (file: string): PeerProcess =>
  new PeerProcess(process.execPath, ["--import", "tsx", path.join(here, "generate-worker.ts"), file, String(threads)]);
const theirs = (file: string): PeerProcess =>
  new PeerProcess(process.execPath, [path.join(here, "peers/llama-cpp.mjs"), file, String(threads)]);

async function fileOf(model: string): Promise<string> {
  const { files } = await fetchModel(model);
  return Object.values(files)[0]!;
}

/** Any tokens will do: how long they take does not depend on which they are. */
const someIds = (count: number): number[] => Array.from({ length: count }, (_, index) => 100 + ((index * 7919) % 20_000));

/** Both stay loaded and are asked in turns, after a warm-up of each. */
async function inTurns(model: string, measure: (peer: PeerProcess) => Promise<number>): Promise<[number, number][]> {
  const file = await fileOf(model);
  await using one = ours(file);
  await using other = theirs(file);
  const measured: [number, number][] = [];
  await Promise.all([one.next(), other.next()]);
  for (let pair = 0; pair <= pairs; pair++) {
    const turn: number[] = [];
    for (const peer of [one, other]) {
      await setTimeout(300); // the other's threads may spin for a while after their work
      turn.push(await measure(peer));
    }
    if (pair > 0) measured.push(turn as [number, number]);
  }
  return measured;
}

async function decode(peer: PeerProcess): Promise<number> {
  const { ids, rest } = await peer.ask<Generated>({ do: "generate", ids: someIds(8), count: decodedTokens });
  return (ids.length - 1) / rest;
}

async function prefill(peer: PeerProcess): Promise<number> {
  const { seconds } = await peer.ask<Loaded>({ do: "read", ids: someIds(promptTokens) });
  return promptTokens / seconds;
}

/** Loads each anew for each pair. */
async function fromStart(model: string, measure: (peer: PeerProcess) => Promise<number>): Promise<[number, number][]> {
  const file = await fileOf(model);
  const measured: [number, number][] = [];
  for (let pair = 0; pair <= 3; pair++) {
    const turn: number[] = [];
    for (const start of [ours, theirs]) {
      await using peer = start(file);
      turn.push(await measure(peer));
    }
    if (pair > 0) measured.push(turn as [number, number]);
  }
  return measured;
}

const load = async (peer: PeerProcess): Promise<number> => (await peer.next<Loaded>()).seconds;

async function firstToken(peer: PeerProcess): Promise<number> {
  await peer.next();
  return (await peer.ask<Generated>({ do: "generate", ids: someIds(32), count: 1 })).first;
}

async function memory(peer: PeerProcess): Promise<number> {
  await peer.next();
  await peer.ask({ do: "generate", ids: someIds(promptTokens), count: decodedTokens });
  return (await peer.ask<Loaded>({ do: "read", ids: someIds(promptTokens) })).memory;
}

const models: Record<string, string> = { "": "SmolLM2-135M-Instruct", "/qwen": "Qwen2.5-Coder-0.5B-Instruct" };
/** Half a gigabyte is not fetched for this. */
const isThere = (model: string): boolean => model.startsWith("SmolLM2") || existsSync(path.join(cacheFolder(), "models", model));

const benches: Bench[] = Object.entries(models)
  .filter(([, model]) => isThere(model))
  .flatMap(([suffix, model]): Bench[] => {
    const peer = `node-llama-cpp 3.22.1, ${model}, two threads each`;
    return [
      { name: `generate-decode${suffix}`, peer, unit: "tokens/s", run: () => inTurns(model, decode) },
      { name: `generate-prefill${suffix}`, peer: `${peer}, ${promptTokens} tokens`, unit: "tokens/s", run: () => inTurns(model, prefill) },
      { name: `generate-load${suffix}`, peer, unit: "s", run: () => fromStart(model, load) },
      { name: `generate-first-token${suffix}`, peer: `${peer}, 32 tokens`, unit: "s", run: () => fromStart(model, firstToken) },
      { name: `generate-memory${suffix}`, peer, unit: "MB", run: () => fromStart(model, memory) },
    ];
  });
export default benches;
