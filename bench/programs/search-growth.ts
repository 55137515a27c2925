/**
 * `node --expose-gc --import tsx bench/programs/search-growth.ts ROWS…`: the store in memory as it grows, alone: memory, processor time to build the index and to
 * answer a query, exact and approximate, and how many of the true ten the index finds. It prints each figure when it has it: a million rows take long.
 */
import { openStore, type Query } from "../../kernel-helpers/retrieval/index.ts";
import { clusteredVectors } from "../clustered-vectors.ts";

const dimension = 384;
const queryCount = 100;
const batch = 10_000;
const efforts = [10, 64, 256];

/** Seconds of processor time, of all threads, and of the clock. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; cpu: number; wall: number }> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, cpu: (user + system) / 1e6, wall: (performance.now() - start) / 1000 };
}

function megabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}

async function grow(rows: number): Promise<void> {
  const print = (what: string, figures: Record<string, number>): void =>
    console.log(rows, what, ...Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(3)}`));
  const draw = clusteredVectors(dimension);
  const queries = Array.from({ length: queryCount }, draw);
  const empty = megabytes();
  await using store = await openStore({ kind: "memory", dimension });
  for (let first = 0; first < rows; first += batch) {
    await store.upsert(
      Array.from({ length: Math.min(batch, rows - first) }, (_, index) => ({ id: String(first + index), vector: draw() })),
    );
  }
  const filled = megabytes();
  print("filled", { MB: filled - empty });

  const ask = async (options: Partial<Query>): Promise<string[][]> => {
    const found: string[][] = [];
    for (const vector of queries) found.push((await store.query({ vector, ...options })).map(({ id }) => id));
    return found;
  };
  const exact = await timed(() => ask({ exact: true }));
  print("exact", { "cpu ms": (1000 * exact.cpu) / queryCount, "wall ms": (1000 * exact.wall) / queryCount });
  const built = await timed(() => store.createIndex({ kind: "hnsw", m: 16, efConstruction: 100 }));
  print("built", { "cpu s": built.cpu, "wall s": built.wall, MB: megabytes() - filled });
  for (const effort of efforts) {
    const { result, cpu } = await timed(() => ask({ effort }));
    const hits = exact.result.map((truth, query) => truth.filter((id) => result[query]!.includes(id)).length);
    const recall = hits.reduce((sum, count) => sum + count, 0) / (10 * queryCount);
    print(`effort ${effort}`, { recall, "cpu µs": (1e6 * cpu) / queryCount });
  }
}

for (const rows of process.argv.slice(2)) await grow(Number(rows));
