/**
 * Nearest neighbours of one query at a time, each with its default threads (the peers answer one query on one): exact search against FAISS, and HNSW
 * against hnswlib, each with the least effort that finds 95 % of the true ten.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { openStore, type VectorStore } from "../kernel-helpers/retrieval/index.ts";
import type { Bench } from "./bench.ts";
import { clusteredVectors } from "./clustered-vectors.ts";

const dimension = 384;
const queryCount = 200;
const pairs = 7;
const recallWanted = 0.95;
const efforts = [10, 15, 20, 30, 40, 60, 80, 120, 160, 240];

interface Run {
  perSecond: number;
  /** Ten rows for each query. */
  found: number[][];
}

/** Both sides with the same vectors: our store, and the Python process behind `ask`. */
async function withPeers<T>(
  rows: number,
  use: (store: VectorStore, queries: Float32Array[], ask: (command: object) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-bench-search-"));
  const drawn = Array.from({ length: rows + queryCount }, clusteredVectors(dimension));
  const [vectors, queries] = [drawn.slice(0, rows), drawn.slice(rows)];
  const bytes = (list: Float32Array[]): Buffer => Buffer.concat(list.map((vector) => Buffer.from(vector.buffer)));
  writeFileSync(path.join(folder, "vectors.f32"), bytes(vectors));
  writeFileSync(path.join(folder, "queries.f32"), bytes(queries));
  const script = path.join(import.meta.dirname, "search.py");
  const peer: ChildProcess = spawn(".venv/bin/python", [script, folder, String(dimension)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: peer.stdout! })[Symbol.asyncIterator]();
  const ask = async (command: object): Promise<unknown> => {
    peer.stdin!.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("the Python peer ended; is it set up? npm run bench:setup");
    return JSON.parse(value as string);
  };
  const store = await openStore({ kind: "memory", dimension });
  try {
    await store.upsert(vectors.map((vector, row) => ({ id: String(row), vector })));
    return await use(store, queries, ask);
  } finally {
    await store.close();
    peer.stdin!.end();
    if (peer.exitCode === null) await once(peer, "exit");
    rmSync(folder, { recursive: true });
  }
}

async function ours(store: VectorStore, queries: Float32Array[], options: { effort?: number; exact?: boolean }): Promise<Run> {
  const started = performance.now();
  const found: number[][] = [];
  for (const vector of queries) found.push((await store.query({ vector, ...options })).map(({ id }) => Number(id)));
  return { perSecond: (1000 * queries.length) / (performance.now() - started), found };
}

function recall(found: number[][], truth: number[][]): number {
  const hits = truth.map((rows, query) => rows.filter((row) => found[query]!.includes(row)).length);
  return hits.reduce((sum, count) => sum + count, 0) / (10 * truth.length);
}

/** The least effort whose answers are good enough. */
async function leastEffort(run: (effort: number) => Promise<Run>, truth: number[][]): Promise<number> {
  for (const effort of efforts) if (recall((await run(effort)).found, truth) >= recallWanted) return effort;
  throw new Error(`no effort up to ${efforts.at(-1)} reaches a recall of ${recallWanted}`);
}

async function alternate(one: () => Promise<Run>, other: () => Promise<Run>): Promise<[number, number][]> {
  await Promise.all([one(), other()]);
  const measured: [number, number][] = [];
  for (let pair = 0; pair < pairs; pair++) measured.push([(await one()).perSecond, (await other()).perSecond]);
  return measured;
}

const flat: Bench = {
  name: "search-flat",
  peer: "faiss-cpu 1.15.1 IndexFlatIP, 50,000 × 384",
  unit: "queries/s",
  run: () =>
    withPeers(50_000, async (store, queries, ask) => {
      const theirs = (): Promise<Run> => ask({ do: "flat" }) as Promise<Run>;
      if (recall((await ours(store, queries, {})).found, (await theirs()).found) < 0.999) throw new Error("exact searches disagree");
      return alternate(() => ours(store, queries, {}), theirs);
    }),
};

const approximate: Bench = {
  name: "search-ann",
  peer: "hnswlib 0.8.0, 20,000 × 384, both at recall@10 ≥ 0.95",
  unit: "queries/s",
  run: () =>
    withPeers(20_000, async (store, queries, ask) => {
      const truth = (await ours(store, queries, { exact: true })).found;
      await store.createIndex({ kind: "hnsw", m: 16, efConstruction: 100 });
      await ask({ do: "build" });
      const theirs = (ef: number): Promise<Run> => ask({ do: "graph", ef }) as Promise<Run>;
      const effort = await leastEffort((value) => ours(store, queries, { effort: value }), truth);
      const ef = await leastEffort(theirs, truth);
      return alternate(
        () => ours(store, queries, { effort }),
        () => theirs(ef),
      );
    }),
};

const benches: Bench[] = [flat, approximate];
export default benches;
