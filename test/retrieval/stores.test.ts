/** The stores that need no server pass the conformance suite and, over random records and filters, give the same answers; what each does besides. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openStore,
  type Filter,
  type Metric,
  type Query,
  type StoreOptions,
  type VectorStore,
} from "../../kernel-helpers/retrieval/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { describeAgreement } from "./agreement.ts";
import { describeVectorStore } from "./conformance.ts";
import { testLargeStore } from "./large.ts";
import { describeSharedStore } from "./writers.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-stores-"));
let stores = 0;
const newPath = (): string => path.join(folder, String(stores++));
afterAll(() => rmSync(folder, { recursive: true }));

describeVectorStore("memory", (options) => openStore({ kind: "memory", ...options }));
describeVectorStore("lancedb", (options) => openStore({ kind: "lancedb", path: newPath(), ...options }));
describeSharedStore("lancedb", () => ({ kind: "lancedb", path: newPath(), dimension: 2 }));
describeAgreement("lancedb", (options) => openStore({ kind: "lancedb", path: newPath(), ...options }));
testLargeStore("memory", (options) => openStore({ kind: "memory", ...options }));

const ids = (matches: readonly { id: string }[]): string[] => matches.map(({ id }) => id);

/** By the definition, in double precision. */
function similarity(metric: Metric, one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  if (metric === "euclidean") return -Math.hypot(...a.map((value, index) => value - b[index]!));
  const dot = a.reduce((sum, value, index) => sum + value * b[index]!, 0);
  return metric === "dot" ? dot : dot / (Math.hypot(...a) * Math.hypot(...b));
}

describe("the store in memory", () => {
  test.each<Metric>(["cosine", "dot", "euclidean"])("finds what comparing every record in double precision finds, under %s", async (metric) => {
    const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 17, maxLength: 17 }).filter((list) => list.some(Boolean));
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 40 }), numbers, fc.integer({ min: 1, max: 50 }), async (vectors, query, topK) => {
        const store = await openStore({ kind: "memory", dimension: 17, metric });
        await store.upsert(vectors.map((one, row) => ({ id: String(row), vector: one })));
        const matches = await store.query({ vector: query, topK, exact: true });
        const truth = vectors.map((one) => similarity(metric, query, one)).toSorted((one, other) => other - one).slice(0, topK);
        expect(matches.length).toBe(truth.length);
        for (const [rank, { id, score }] of matches.entries()) {
          expect(score).toBeCloseTo(truth[rank]!, 4);
          expect(score).toBeCloseTo(similarity(metric, query, vectors[Number(id)]!), 4);
        }
      }),
      { numRuns: 60 },
    );
  }); // prettier-ignore

  test("gives right answers across matrices, after most records are gone and the rest packed", async () => {
    const dimension = 2048; // 4096 rows a matrix
    const store = await openStore({ kind: "memory", dimension, metric: "euclidean" });
    const at = (place: number): Float32Array => Float32Array.from({ length: dimension }, (_, index) => (index === 0 ? place : index % 2));
    const all = Array.from({ length: 9000 }, (_, row) => ({ id: `r${row}`, vector: at(row), metadata: { even: row % 2 === 0 } }));
    await store.upsert(all);
    const near = async (place: number): Promise<string[]> => ids(await store.query({ vector: at(place), topK: 3 })).toSorted();
    expect(await near(4096)).toEqual(["r4095", "r4096", "r4097"]);
    expect(await store.delete({ even: true })).toBe(4500);
    expect(await store.delete(["r1"])).toBe(1);
    expect(await near(4097)).toEqual(["r4095", "r4097", "r4099"]);
    expect(await store.get(["r8999"])).toEqual([{ ...all[8999], vector: at(8999) }]);
    await store.close();
  });

  test("tells near points far from the origin apart, where ‖q‖² − 2 q·r + ‖r‖² has no digits left", async () => {
    for (const count of [50, 20_000]) {
      const store = await openStore({ kind: "memory", dimension: 2, metric: "euclidean" });
      await store.upsert(Array.from({ length: count }, (_, index) => ({ id: `p${index}`, vector: [1000 + 0.01 * index, 1000] })));
      expect(ids(await store.query({ vector: [1000.2, 1000], topK: 3, exact: true }))).toEqual(["p20", "p19", "p21"]);
      await store.createIndex({ kind: "hnsw" });
      expect(ids(await store.query({ vector: [1000.2, 1000], topK: 3 }))).toEqual(["p20", "p19", "p21"]);
      await store.close();
    }
  });

  // Neither squares nor products of these are finite float32, or differ from 0; 20,000 rows are more than are compared one by one.
  test.each([1e-45, 1e-30, 1e20, 3e38])("vectors of length %d neither overflow nor vanish", async (size) => {
    for (const metric of ["cosine", "dot", "euclidean"] as const) {
      const store = await openStore({ kind: "memory", dimension: 2, metric });
      const angle = (index: number): number => (index / 20_000) * (Math.PI / 2);
      const vectors = Array.from({ length: 20_000 }, (_, index) => Float32Array.of(size * Math.cos(angle(index)), size * Math.sin(angle(index))));
      await store.upsert(vectors.map((one, index) => ({ id: String(index), vector: one })));
      const query = vectors[7000]!;
      const truth = vectors.map((one) => similarity(metric, query, one)).toSorted((one, other) => other - one);
      const matches = await store.query({ vector: query, topK: 5 });
      for (const [rank, { id, score }] of matches.entries()) {
        expect(score / truth[rank]! || 1).toBeCloseTo(1, 12);
        expect(similarity(metric, query, vectors[Number(id)]!)).toBe(truth[rank]);
      }
      await store.close();
    }
  }); // prettier-ignore

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

  describe("an index", () => {
    const dimension = 24;
    const random = createRandom(13);
    const draw = (): number[] => Array.from({ length: dimension }, () => random.normal());
    const near = (centre: readonly number[], noise: number): number[] => centre.map((value) => value + noise * random.normal());
    const queries = Array.from({ length: 40 }, draw);
    const recall = async (
      rows: readonly (readonly number[])[],
      { change, filter: only = {} }: { change?: (store: VectorStore) => Promise<void>; filter?: Filter } = {},
    ): Promise<number> => {
      const store = await openStore({ kind: "memory", dimension });
      await store.upsert(rows.map((row, index) => ({ id: String(index), vector: row, metadata: { part: index % 10 } })));
      await store.createIndex({ kind: "hnsw" });
      await change?.(store);
      let found = 0;
      for (const query of queries) {
        const truth = await store.query({ vector: query, filter: only, exact: true });
        // A lower effort than the default: a store so small would be searched through otherwise.
        found += (await store.query({ vector: query, filter: only, effort: 16 })).filter(
          ({ score }) => score >= truth.at(-1)!.score,
        ).length;
      }
      await store.close();
      return found / (10 * queries.length);
    };
    const [one, centres] = [draw(), Array.from({ length: 40 }, draw)];
    const others = Array.from({ length: 8000 }, () => near(centres[random.integer(40)]!, 0.8));
    let usual = Promise.resolve(0);
    beforeAll(() => void (usual = recall(others)));

    test("finds nearly all, with a filter as without", async () => {
      expect(await usual).toBeGreaterThan(0.75);
      for (const parts of [[0], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
        expect(await recall(others, { filter: { part: { $in: parts } } })).toBeGreaterThan((await usual) - 0.07);
      }
    });

    // FAISS and hnswlib fall to about 0.75 here, and to 0.4 to 0.6 among near duplicates.
    test.each([
      ["a thousand copies of one vector come first", [...Array.from({ length: 1000 }, () => one), ...others]],
      ["they come last", [...others, ...Array.from({ length: 1000 }, () => one)]],
      ["forty vectors are there two hundred times each", Array.from({ length: 8000 }, (_, index) => centres[index % 40]!)],
      ["near duplicates come sorted", Array.from({ length: 8000 }, (_, index) => near(centres[Math.floor(index / 200)]!, 1e-3))],
      ["all lie on a line", Array.from({ length: 8000 }, (_, index) => one.map((value, at) => value + (index / 8000) * (centres[0]![at]! - value)))],
    ])("finds as much as in distinct vectors when %s", async (_, rows) => {
      expect(await recall(rows)).toBeGreaterThan((await usual) - 0.07);
    }); // prettier-ignore

    test("finds as much after a third of the records was deleted and upserted again, and another third deleted", async () => {
      const some = others.slice(0, 2500).map((row, index) => ({ id: String(index), vector: row }));
      const change = async (store: VectorStore): Promise<void> => {
        await store.delete(some.map(({ id }) => id));
        await store.upsert(some);
        await store.delete(others.slice(2500, 5000).map((__, index) => String(2500 + index)));
      };
      expect(await recall(others, { change })).toBeGreaterThan((await usual) - 0.07);
    });

    test("is built in slices of some 50 ms, and stops at an interrupt with the records whole", async () => {
      const store = await openStore({ kind: "memory", dimension });
      await store.upsert(others.map((row, index) => ({ id: String(index), vector: row })));
      setTimeout(() => process.emit("SIGINT"), 100);
      await expect(store.createIndex({ kind: "hnsw", efConstruction: 400 })).rejects.toThrow("interrupted");
      expect(await store.count()).toBe(others.length);
      await store.createIndex({ kind: "hnsw", m: 4, efConstruction: 8 });
      expect(ids(await store.query({ vector: others[77]!, topK: 1 }))).toEqual(["77"]);
      await store.close();
    });
  });
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

test("LanceDB refuses vectors whose squares float32 does not hold, instead of scoring them wrong", async () => {
  const store = await openStore({ kind: "lancedb", path: newPath(), dimension: 2 });
  for (const [length, shown] of [
    [1e-40, "1.00e-40"],
    [1e20, "1.00e+20"],
  ] as const) {
    const batch = [
      { id: "a", vector: [1, 0] },
      { id: "b", vector: [length, 0] },
    ];
    await expect(store.upsert(batch)).rejects.toThrow(
      `the vector of "b" must have a length ≥ 1e-18 and ≤ 1000000000000000000, got ${shown}`,
    );
  }
  expect(await store.count()).toBe(0);
  await store.upsert([
    { id: "short", vector: [1e-18, 0] },
    { id: "long", vector: [0, 9.9e17] },
  ]);
  const matches = await store.query({ vector: [3, 4] });
  expect(matches.map(({ id }) => id)).toEqual(["long", "short"]);
  expect(matches[0]!.score).toBeCloseTo(0.8, 6);
  expect(matches[1]!.score).toBeCloseTo(0.6, 6);
  await store.close();
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
  [{ kind: "memory", dimension: 2, path: "here" }, 'options has no option "path"\n  hint: the options are kind, dimension, metric, namespace'],
  [{ kind: "lancedb", dimension: 2 }, "path must be a string, got undefined\n  hint: name the folder that LanceDB keeps its files in"],
  [{ kind: "chroma", dimension: 2 }, 'kind must be one of "memory", "lancedb", "milvus", "pinecone", got "chroma"\n  hint: use one of "memory", "lancedb", "milvus", "pinecone"'],
  [{ kind: "milvus", dimension: 2, collection: "c" }, 'address must be a string, got undefined\n  hint: name the server, such as "127.0.0.1:19530"'],
  [{ kind: "lancedb", dimension: 2, path: "p", timeout: 3 }, 'options has no option "timeout"\n  hint: the options are kind, dimension, metric, namespace, path'],
  [null, 'options must be a plain object, got null\n  hint: write openStore({ kind: "memory", dimension: 384 })'],
])("openStore refuses %j", async (options, message) => {
  await expect(openStore(options as StoreOptions)).rejects.toThrow(expect.objectContaining({ name: "ArgumentError", message }));
}); // prettier-ignore

test("where no Milvus server answers, opening fails in the time given", async () => {
  const options: StoreOptions = { kind: "milvus", address: "127.0.0.1:1", collection: "c", dimension: 2, timeout: 300 };
  await expect(openStore(options)).rejects.toThrow(
    expect.objectContaining({ name: "UnavailableError", message: expect.stringMatching(/^no Milvus server answers at 127.0.0.1:1: /) }),
  );
});
