/** Both stores pass the conformance suite and, over random records and filters, give the same answers; what each does besides. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openStore, type Filter, type Metric, type Query, type StoreOptions } from "../../kernel-helpers/retrieval/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { describeVectorStore } from "./conformance.ts";
import { describeSharedStore } from "./writers.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-stores-"));
let stores = 0;
const newPath = (): string => path.join(folder, String(stores++));
afterAll(() => rmSync(folder, { recursive: true }));

describeVectorStore("memory", (options) => openStore({ kind: "memory", ...options }));
describeVectorStore("lancedb", (options) => openStore({ kind: "lancedb", path: newPath(), ...options }));
describeSharedStore("lancedb", () => ({ kind: "lancedb", path: newPath(), dimension: 2 }));

const scalar = fc.oneof(fc.boolean(), fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom("", "a", "b", "it's", "中", "\ue000", "😀", "A")); // prettier-ignore
const field = fc.constantFrom("size", "Size", "品", "a.b");
const metadata = fc.dictionary(field, scalar, { maxKeys: 3, noNullPrototype: true });
const ordered = scalar.filter((value) => typeof value !== "boolean") as fc.Arbitrary<string | number>;
const condition = fc.oneof(
  scalar,
  fc.record({ $eq: scalar }),
  fc.record({ $ne: scalar }),
  fc.record({ $gt: ordered }),
  fc.record({ $gte: ordered, $lt: ordered }),
  fc.record({ $lte: ordered }),
  fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ $exists: fc.boolean() }),
);
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.dictionary(field, condition, { maxKeys: 2, noNullPrototype: true }),
    fc.record({ $not: tie("filter") }),
    fc.record({ $or: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $and: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
  ),
}));
const vector = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }).filter((numbers) => numbers.some((n) => n !== 0));
const records = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), vector, metadata }), {
  selector: ({ id }) => id,
  maxLength: 30,
});

describe("memory and LanceDB", () => {
  test.each<Metric>(["cosine", "dot", "euclidean"])("give the same answers under %s", { timeout: 120_000 }, async (metric) => {
    await fc.assert(
      fc.asyncProperty(records, fc.array(fc.tuple(filter, vector, fc.integer({ min: 1, max: 40 })), { minLength: 5, maxLength: 5 }), async (batch, queries) => {
        const memory = await openStore({ kind: "memory", dimension: 4, metric });
        const lance = await openStore({ kind: "lancedb", path: newPath(), dimension: 4, metric });
        for (const store of [memory, lance]) await store.upsert(batch);
        for (const [where, query, topK] of queries) {
          const [ours, theirs] = await Promise.all([memory, lance].map((store) => store.query({ vector: query, topK, filter: where })));
          expect(await lance.count(where)).toBe(await memory.count(where));
          // Equal scores may come in either order, so ranks are compared by score, and records only where all are found.
          expect(theirs!.length).toBe(ours!.length);
          for (const [rank, match] of ours!.entries()) expect(theirs![rank]!.score).toBeCloseTo(match.score, 4);
          if (topK >= batch.length) {
            const byId = (one: { id: string }, other: { id: string }): number => (one.id < other.id ? -1 : 1);
            const bare = (matches: typeof ours): unknown => matches!.map(({ id, metadata: held }) => ({ id, held })).toSorted(byId);
            expect(bare(theirs)).toEqual(bare(ours));
          }
        }
        await Promise.all([memory.close(), lance.close()]);
      }),
      { numRuns: 12 },
    );
  }); // prettier-ignore
});

describe("the store in memory", () => {
  test.each<Metric>(["cosine", "dot", "euclidean"])("finds what comparing every record in double precision finds, under %s", async (metric) => {
    const similarity = (one: readonly number[], other: readonly number[]): number => {
      const dot = one.reduce((sum, value, index) => sum + value * other[index]!, 0);
      if (metric === "dot") return dot;
      if (metric === "cosine") return dot / (Math.hypot(...one) * Math.hypot(...other));
      return -Math.hypot(...one.map((value, index) => value - other[index]!));
    };
    // 17 numbers do not fill whole rounds of the SIMD kernel; batches beyond 4096 would only repeat it.
    const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 17, maxLength: 17 }).filter((list) => list.some(Boolean));
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 40 }), numbers, fc.integer({ min: 1, max: 50 }), async (vectors, query, topK) => {
        const store = await openStore({ kind: "memory", dimension: 17, metric });
        await store.upsert(vectors.map((one, row) => ({ id: String(row), vector: one })));
        const matches = await store.query({ vector: query, topK, exact: true });
        const truth = vectors.map((one) => similarity(query, one)).toSorted((one, other) => other - one).slice(0, topK);
        expect(matches.length).toBe(truth.length);
        for (const [rank, { id, score }] of matches.entries()) {
          expect(score).toBeCloseTo(truth[rank]!, 4);
          expect(score).toBeCloseTo(similarity(query, vectors[Number(id)]!), 4);
        }
      }),
      { numRuns: 60 },
    );
  }); // prettier-ignore

  test("gives right answers across blocks of the kernel, after most records are gone and the rest packed", async () => {
    const store = await openStore({ kind: "memory", dimension: 2, metric: "euclidean" });
    await store.upsert(Array.from({ length: 10_000 }, (_, at) => ({ id: `r${at}`, vector: [at, 1], metadata: { even: at % 2 === 0 } })));
    const near = async (at: number): Promise<string[]> => (await store.query({ vector: [at, 1], topK: 3 })).map(({ id }) => id).toSorted();
    expect(await near(4096)).toEqual(["r4095", "r4096", "r4097"]);
    await store.createIndex({ kind: "hnsw", m: 8 });
    expect(await store.delete({ even: true })).toBe(5000);
    expect(await near(4097)).toEqual(["r4095", "r4097", "r4099"]);
    await store.close();
  });

  test.each<Metric>(["cosine", "dot", "euclidean"])("HNSW finds nearly all under %s, and more with more effort", async (metric) => {
    const random = createRandom(7);
    const draw = (): number[] => Array.from({ length: 24 }, () => random.normal());
    const store = await openStore({ kind: "memory", dimension: 24, metric });
    await store.upsert(Array.from({ length: 3000 }, (_, row) => ({ id: String(row), vector: draw() })));
    await store.createIndex({ kind: "hnsw" });
    const queries = Array.from({ length: 40 }, draw);
    const recall = async (effort: number): Promise<number> => {
      let found = 0;
      for (const query of queries) {
        const truth = new Set((await store.query({ vector: query, exact: true })).map(({ id }) => id));
        found += (await store.query({ vector: query, effort })).filter(({ id }) => truth.has(id)).length;
      }
      return found / (10 * queries.length);
    };
    const [little, much] = [await recall(10), await recall(200)];
    expect(much).toBeGreaterThan(0.97);
    expect(little).toBeLessThan(much);
    await store.close();
  });

  test("an index that is being built when records go is right afterwards", async () => {
    const random = createRandom(5);
    const store = await openStore({ kind: "memory", dimension: 16 });
    const all = Array.from({ length: 4000 }, (_, row) => ({ id: String(row), vector: Array.from({ length: 16 }, () => random.normal()) }));
    await store.upsert(all);
    const building = store.createIndex({ kind: "hnsw" });
    await store.delete(all.slice(0, 3000).map(({ id }) => id));
    await building;
    for (const { id, vector: kept } of all.slice(3000, 3050)) expect((await store.query({ vector: kept, topK: 1 }))[0]!.id).toBe(id);
    await store.close();
  }); // prettier-ignore
});

describe("LanceDB's index", () => {
  const random = createRandom(9);
  const draw = (): Float32Array => Float32Array.from({ length: 32 }, () => random.normal());
  const all = Array.from({ length: 2000 }, (_, row) => ({ id: String(row), vector: draw(), metadata: { rare: row % 200 } }));
  const options: StoreOptions = { kind: "lancedb", path: newPath(), dimension: 32 };

  test("of cells still finds topK where a filter leaves hardly any in the cells it looks at", async () => {
    const store = await openStore(options);
    await store.upsert(all);
    await store.createIndex({ kind: "ivf-pq", partitions: 40, subVectors: 8 });
    for (let round = 0; round < 5; round++) {
      expect(await store.query({ vector: draw(), topK: 10, filter: { rare: 3 }, effort: 1 })).toHaveLength(10);
      expect(await store.query({ vector: draw(), topK: 300, effort: 1 })).toHaveLength(300);
    }
    await store.close();
  });

  test("is there again after reopening: a search of one cell misses what the exact one finds", async () => {
    const store = await openStore(options);
    const vectors = Array.from({ length: 20 }, draw);
    const idsOf = async (query: Query): Promise<string[]> => (await store.query(query)).map(({ id }) => id);
    const exact = await Promise.all(vectors.map((one) => idsOf({ vector: one, exact: true })));
    const quick = await Promise.all(vectors.map((one) => idsOf({ vector: one, effort: 1 })));
    expect(quick).not.toEqual(exact);
    await store.close();
  });

  test("is refused for too few records", async () => {
    const store = await openStore({ kind: "lancedb", path: newPath(), dimension: 32 });
    await store.upsert(all.slice(0, 255));
    await expect(store.createIndex({ kind: "hnsw" })).rejects.toThrow(
      "an index in LanceDB needs 256 records to learn from, got 255\n  hint: search without an index: for so few it is faster anyway",
    );
    await store.close();
  });

  test("writes nothing to the process's stderr, where no cell could show it", () => {
    const index = path.join(import.meta.dirname, "../../kernel-helpers/retrieval/index.ts");
    const script = path.join(folder, "repeated.mts");
    writeFileSync(
      script,
      `import { openStore } from ${JSON.stringify(index)};
      const store = await openStore({ kind: "lancedb", path: ${JSON.stringify(newPath())}, dimension: 8 });
      await store.upsert(Array.from({ length: 300 }, (_, row) => ({ id: String(row), vector: [1, row % 3, 0, 0, 0, 0, 0, 0] })));
      await store.createIndex({ kind: "ivf-pq" }); // 300 vectors, 3 of them different: LanceDB warns of empty clusters
      console.log(await store.count());`,
    );
    const { LANCEDB_LOG: _, ...env } = process.env;
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", script], { env, encoding: "utf8", timeout: 60_000 });
    expect({ stdout, stderr }).toEqual({ stdout: "300\n", stderr: "" });
  });
});

test("LanceDB keeps records and shape on disk", async () => {
  const options: StoreOptions = { kind: "lancedb", path: newPath(), dimension: 2, metric: "euclidean" };
  const first = await openStore(options);
  await first.upsert([{ id: "a", vector: [3, 4], metadata: { 名: "甲" } }]);
  await first.close();
  const second = await openStore(options);
  expect(await second.query({ vector: [0, 0], filter: { 名: "甲" } })).toEqual([{ id: "a", score: -5, metadata: { 名: "甲" } }]);
  await second.close();
  await expect(openStore({ ...options, metric: "cosine" })).rejects.toThrow(
    `the store at ${options.path} has dimension 2, metric euclidean, not dimension 2, metric cosine\n  hint: open it as it was made, or give another path`,
  );
});

test.each([
  [{ kind: "memory", dimension: 0 }, "dimension must be an integer ≥ 1 and ≤ 65536, got 0\n  hint: pass the length of the vectors, such as 384"],
  [{ kind: "memory", dimension: 2, metric: "cosin" }, 'metric must be one of "cosine", "dot", "euclidean", got "cosin"\n  hint: did you mean "cosine"?'],
  [{ kind: "memory", dimension: 2, path: "here" }, 'options has no option "path"\n  hint: the options are kind, dimension, metric'],
  [{ kind: "lancedb", dimension: 2 }, "path must be a string, got undefined\n  hint: name the folder that LanceDB keeps its files in"],
  [{ kind: "chroma", dimension: 2 }, 'kind must be one of "memory", "lancedb", got "chroma"\n  hint: use one of "memory", "lancedb"'],
  [null, 'options must be a plain object, got null\n  hint: write openStore({ kind: "memory", dimension: 384 })'],
])("openStore refuses %j", async (options, message) => {
  await expect(openStore(options as StoreOptions)).rejects.toThrow(expect.objectContaining({ name: "ArgumentError", message }));
}); // prettier-ignore
