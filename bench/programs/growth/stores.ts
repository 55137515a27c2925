/**
 * How the stores grow: records per second that go in, and milliseconds of the clock for a query, by number of records. Milvus is milvus-lite's server; Pinecone is left
 * out, for our local server says nothing about it. `npx tsx bench/programs/growth/stores.ts 1000 10000 > docs/growth/stores.csv`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStore, startMilvusLite, type StoreOptions, type VectorRecord } from "../../../kernel-helpers/retrieval/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { printRow } from "./measure.ts";

const dimension = 384;
const sizes = process.argv.slice(2).map(Number);
const folder = mkdtempSync(path.join(tmpdir(), "cairn-growth-"));
const milvus = await startMilvusLite({ dataDir: path.join(folder, "milvus") });
const places: StoreOptions[] = [
  { kind: "memory", dimension },
  { kind: "lancedb", path: path.join(folder, "lance"), dimension },
  { kind: "milvus", address: milvus.address, collection: "growth", dimension },
];

/** The median of eleven questions, the first not counted. */
async function time(ask: (vector: Float32Array) => Promise<unknown>, questions: readonly Float32Array[]): Promise<number> {
  const times: number[] = [];
  for (const question of questions) {
    const start = performance.now();
    await ask(question);
    times.push(performance.now() - start);
  }
  return times.slice(1).sort((one, other) => one - other)[Math.floor((times.length - 1) / 2)]!;
}

const random = createRandom(3);
const draw = (): Float32Array => Float32Array.from({ length: dimension }, () => random.normal());
printRow(["records", "store", "records per second", "query ms", "with a filter ms", "HNSW built in s", "query by HNSW ms"]);
for (const count of sizes) {
  const records: VectorRecord[] = Array.from({ length: count }, (_, row) => ({
    id: `r${row}`,
    vector: draw(),
    metadata: { part: row % 10 },
  }));
  const questions = Array.from({ length: 12 }, draw);
  for (const options of places) {
    const store = await openStore({ ...options, namespace: `n${count}` });
    let start = performance.now();
    await store.upsert(records);
    const perSecond = count / ((performance.now() - start) / 1000);
    const flat = await time((vector) => store.query({ vector }), questions);
    const filtered = await time((vector) => store.query({ vector, filter: { part: 3 } }), questions);
    start = performance.now();
    await store.createIndex({ kind: "hnsw" });
    const built = (performance.now() - start) / 1000;
    const indexed = await time((vector) => store.query({ vector, effort: 64 }), questions);
    printRow([count, store.kind, perSecond, flat, filtered, built, indexed]);
    await store.close();
  }
}
await milvus.close();
rmSync(folder, { recursive: true });
