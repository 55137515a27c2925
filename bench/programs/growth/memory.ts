/**
 * The store in memory as it grows, of each size in a process of its own: memory, processor time to build the index and to answer a query, exact and approximate, and how many of the true ten
 * the index finds. `node --expose-gc --import tsx bench/programs/growth/memory.ts 10000 100000 1000000 > docs/growth/memory.csv`
 */
import { execFileSync } from "node:child_process";
import { openStore, type Query } from "../../../kernel-helpers/retrieval/index.ts";
import { clusteredVectors } from "../../clustered-vectors.ts";
import { megabytes, printRow, timed } from "./measure.ts";

const dimension = 384;
const queryCount = 100;
const batch = 10_000;
const efforts = [10, 64];

async function grow(rows: number): Promise<void> {
  const draw = clusteredVectors(dimension);
  const queries = Array.from({ length: queryCount }, draw);
  const empty = megabytes();
  await using store = await openStore({ kind: "memory", dimension });
  for (let first = 0; first < rows; first += batch) {
    await store.upsert(
      Array.from({ length: Math.min(batch, rows - first) }, (_, index) => ({ id: String(first + index), vector: draw() })),
    );
  }
  const filled = megabytes() - empty;
  const ask = async (options: Partial<Query>): Promise<string[][]> => {
    const found: string[][] = [];
    for (const vector of queries) found.push((await store.query({ vector, ...options })).map(({ id }) => id));
    return found;
  };
  const milliseconds = (cpu: number): number => (1000 * cpu) / queryCount;
  await ask({ exact: true }); // caches and compiled code
  const exact = await timed(() => ask({ exact: true }));
  const built = await timed(() => store.createIndex({ kind: "hnsw", m: 16, efConstruction: 100 }));
  const byIndex: number[] = [];
  for (const effort of efforts) {
    await ask({ effort });
    const { result, cpu } = await timed(() => ask({ effort }));
    const hits = exact.result.map((truth, query) => truth.filter((id) => result[query]!.includes(id)).length);
    byIndex.push(milliseconds(cpu), hits.reduce((sum, count) => sum + count, 0) / (10 * queryCount));
  }
  printRow([rows, filled, megabytes() - empty, built.cpu, milliseconds(exact.cpu), ...byIndex]);
}

const [first, ...more] = process.argv.slice(2);
if (more.length === 0) await grow(Number(first));
else {
  printRow(["rows", "MB", "MB with index", "index built in s", "exact ms", ...efforts.flatMap((effort) => [`effort ${effort} ms`, `effort ${effort} recall`])]); // prettier-ignore
  // Each in a process of its own: memory that another size has left would be taken again.
  for (const rows of process.argv.slice(2))
    execFileSync(process.execPath, [...process.execArgv, import.meta.filename, rows], { stdio: "inherit" });
}
