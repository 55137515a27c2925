/** What every vector store must do. A new store passes when `describeVectorStore` does. */
import { describe, expect, test } from "vitest";
import type { Filter, Metadata, Metric, VectorStore } from "../../kernel-helpers/retrieval/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

export type OpenStore = (options: { dimension: number; metric?: Metric }) => Promise<VectorStore>;

const products: { id: string; vector: number[]; metadata: Metadata }[] = [
  { id: "p1", vector: [1, 0, 0], metadata: { language: "en", price: 20, inStock: true } },
  { id: "p2", vector: [0.9, 0.1, 0], metadata: { language: "zh", price: 100 } },
  { id: "p3", vector: [0, 1, 0], metadata: { language: "en", price: "on request", 品牌: "石" } },
  { id: "p4", vector: [0, 0, 1], metadata: { language: "en", inStock: false } },
  { id: "p5", vector: [-1, 0, 0], metadata: {} },
];

const ids = (matches: readonly { id: string }[]): string[] => matches.map(({ id }) => id);

export function describeVectorStore(name: string, open: OpenStore): void {
  const withStore = async (use: (store: VectorStore) => Promise<void>, metric: Metric = "cosine"): Promise<void> => {
    const store = await open({ dimension: 3, metric });
    try {
      await store.upsert(products);
      await use(store);
    } finally {
      await store.close();
    }
  };
  /** The message that a call fails with. */
  const failure = async (call: (store: VectorStore) => Promise<unknown>): Promise<string> => {
    let message = "did not fail";
    await withStore(async (store) => {
      try {
        await call(store);
      } catch (error) {
        message = `${(error as Error).name}: ${(error as Error).message}`;
      }
    });
    return message;
  };

  describe(`${name}: a vector store`, () => {
    test("an empty store finds nothing", async () => {
      const store = await open({ dimension: 3 });
      expect(await store.query({ vector: [1, 0, 0] })).toEqual([]);
      expect(await store.count()).toBe(0);
      expect(await store.delete(["p1"])).toBe(0);
      await store.upsert([]);
      expect(await store.get(["p1"])).toEqual([]);
      await store.close();
    });

    test.each([
      ["cosine", [1, 0.99388, 0]],
      ["dot", [2, 1.8, 0]],
      ["euclidean", [-1, -1.1045, -2.23607]],
    ] as const)("%s: nearest first, a higher score is nearer", async (metric, scores) => {
      await withStore(async (store) => {
        const matches = await store.query({ vector: [2, 0, 0], topK: 3 });
        expect(ids(matches).slice(0, 2)).toEqual(["p1", "p2"]);
        for (const [rank, score] of scores.entries()) expect(matches[rank]!.score).toBeCloseTo(score, 4);
      }, metric);
    });

    test("topK beyond what there is gives all", async () => {
      await withStore(async (store) => {
        const matches = await store.query({ vector: [1, 0, 0], topK: 100 });
        expect(ids(matches).toSorted()).toEqual(["p1", "p2", "p3", "p4", "p5"]);
        expect(matches.at(-1)).toMatchObject({ id: "p5", metadata: {} });
      });
    });

    test("matches bring their metadata as it was given, and vectors when asked", async () => {
      await withStore(async (store) => {
        const [plain] = await store.query({ vector: [0, 1, 0], topK: 1 });
        expect(plain).toEqual({ id: "p3", score: expect.closeTo(1, 5), metadata: products[2]!.metadata });
        const [withVector] = await store.query({ vector: [0, 1, 0], topK: 1, includeVectors: true });
        expect(withVector!.vector).toEqual(Float32Array.of(0, 1, 0));
      });
    });

    test("upserting an id again replaces vector and metadata whole", async () => {
      await withStore(async (store) => {
        await store.upsert([{ id: "p1", vector: [0, 0, -1], metadata: { colour: "red" } }]);
        expect(await store.count()).toBe(5);
        expect(await store.get(["p1"])).toEqual([{ id: "p1", vector: Float32Array.of(0, 0, -1), metadata: { colour: "red" } }]);
        expect(ids(await store.query({ vector: [1, 0, 0], topK: 1 }))).toEqual(["p2"]);
        expect(await store.count({ price: 20 })).toBe(0);
      });
    });

    test("get keeps the order asked for and leaves out what does not exist", async () => {
      await withStore(async (store) => {
        expect(ids(await store.get(["p4", "nobody", "p1", "'; DROP TABLE vectors; --"]))).toEqual(["p4", "p1"]);
      });
    });

    test("what is deleted, by ids or by filter, is found no more", async () => {
      await withStore(async (store) => {
        expect(await store.delete(["p1", "p1", "nobody"])).toBe(1);
        expect(await store.delete({ language: "en" })).toBe(2);
        expect(await store.count()).toBe(2);
        expect(ids(await store.query({ vector: [1, 0, 0] }))).toEqual(["p2", "p5"]);
      });
    });

    test("ids and text of any kind survive", async () => {
      await withStore(async (store) => {
        const odd = ["'", '"', "中文 编号", "a\\b", "line\nbreak", "🙂", "%_"];
        await store.upsert(odd.map((id) => ({ id, vector: [1, 1, 1], metadata: { text: id } })));
        expect(ids(await store.get(odd))).toEqual(odd);
        for (const id of odd) expect(ids(await store.query({ vector: [1, 1, 1], filter: { text: id } }))).toEqual([id]);
        expect(await store.delete(odd)).toBe(odd.length);
      });
    });

    test.each<[Filter, string[]]>([
      [{}, ["p1", "p2", "p3", "p4", "p5"]],
      [{ language: "en" }, ["p1", "p3", "p4"]],
      [{ language: { $ne: "en" } }, ["p2", "p5"]],
      [{ price: { $lt: 100 } }, ["p1"]],
      [{ price: { $lte: 100 } }, ["p1", "p2"]],
      [{ price: { $gte: 20, $lt: 100 } }, ["p1"]],
      [{ price: { $gt: "a" } }, ["p3"]],
      [{ price: { $in: [20, "on request", 7] } }, ["p1", "p3"]],
      [{ price: { $in: [] } }, []],
      [{ price: { $nin: [20, 100] } }, ["p3", "p4", "p5"]],
      [{ price: { $exists: false } }, ["p4", "p5"]],
      [{ price: { $exists: true } }, ["p1", "p2", "p3"]],
      [{ inStock: true }, ["p1"]],
      [{ inStock: false }, ["p4"]],
      [{ inStock: "true" }, []],
      [{ $not: { price: { $lt: 100 } } }, ["p2", "p3", "p4", "p5"]],
      [{ language: "en", $or: [{ price: { $lt: 100 } }, { price: { $exists: false } }] }, ["p1", "p4"]],
      [{ $and: [{ language: "en" }, { $not: { inStock: true } }] }, ["p3", "p4"]],
      [{ 品牌: "石" }, ["p3"]],
      [{ unheardOf: 1 }, []],
      [{ unheardOf: { $ne: 1 } }, ["p1", "p2", "p3", "p4", "p5"]],
    ])("the filter %j", async (filter, expected) => {
      await withStore(async (store) => {
        expect(ids(await store.query({ vector: [1, 0, 0], filter })).toSorted()).toEqual(expected);
        expect(await store.count(filter)).toBe(expected.length);
      });
    });

    test("the filter is applied before the search: topK of the matching are found", async () => {
      await withStore(async (store) => {
        expect(ids(await store.query({ vector: [1, 0, 0], topK: 1, filter: { inStock: false } }))).toEqual(["p4"]);
      });
    });

    test.each<[string, (store: VectorStore) => Promise<unknown>, string]>([
      ["a vector of another length", (store) => store.upsert([{ id: "x", vector: [1, 2] }]), 'ArgumentError: the vector of "x" has 2 numbers, the store has dimension 3\n  hint: use vectors of one encoder, and open the store with its dimension'],
      ["a query of another length", (store) => store.query({ vector: new Float32Array(4) }), "ArgumentError: the query has 4 numbers, the store has dimension 3\n  hint: use vectors of one encoder, and open the store with its dimension"],
      ["no vector", (store) => store.query({ vector: undefined as never }), "ArgumentError: the query is undefined\n  hint: give a Float32Array or an array of numbers"],
      ["NaN in a vector", (store) => store.upsert([{ id: "x", vector: [1, Number.NaN, 0] }]), 'ArgumentError: number 1 of the vector of "x" is NaN\n  hint: all numbers of a vector must be finite as float32'],
      ["what float32 cannot hold", (store) => store.query({ vector: [1, 0, -1e39] }), "ArgumentError: number 2 of the query is -Infinity\n  hint: all numbers of a vector must be finite as float32"],
      ["a query of zeros under the cosine", (store) => store.query({ vector: [0, 0, 0] }), 'ArgumentError: the query is all zeros, which points nowhere: no cosine\n  hint: leave it out, or use metric "dot"'],
      ["an id twice in one batch", (store) => store.upsert([products[0]!, products[0]!]), 'ArgumentError: the id "p1" is in this batch twice\n  hint: which of the two should stay? Upsert only that one'],
      ["an empty id", (store) => store.get([""]), 'ArgumentError: an id is ""\n  hint: an id is well-formed text that is not empty'],
      ["nested metadata", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metadata: { tags: ["a"] as never } }]), 'ArgumentError: "tags" of "x" is ["a"]\n  hint: use well-formed text, a finite number, true or false; leave out what is unknown'],
      ["a field that looks like an operator", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metadata: { $eq: 1 } }]), 'ArgumentError: "$eq" of "x" is no field name\n  hint: a field has a name, and $ begins an operator'],
      ["topK of 0", (store) => store.query({ vector: [1, 0, 0], topK: 0 }), "ArgumentError: topK is 0\n  hint: topK is a whole number from 1"],
      ["an unknown operator", (store) => store.count({ price: { $near: 3 } as never }), 'ArgumentError: unknown operator "$near" on "price"\n  hint: use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists'],
      ["an unknown joining operator", (store) => store.count({ $nor: [] }), 'ArgumentError: unknown operator "$nor"\n  hint: only $and, $or and $not stand outside a field'],
      ["an order of truth values", (store) => store.count({ inStock: { $gt: true as never } }), 'ArgumentError: $gt of "inStock" is true, and truth values have no order\n  hint: compare them with $eq'],
      ["a filter with null", (store) => store.delete({ price: null as never }), 'ArgumentError: $eq of "price" is null\n  hint: use well-formed text, a finite number, true or false; leave out what is unknown'],
      ["$or of nothing", (store) => store.count({ $or: [] }), "ArgumentError: $or of nothing\n  hint: give $or at least one filter"],
      ["an unknown index", (store) => store.createIndex({ kind: "kd-tree" as never }), 'ArgumentError: unknown index "kd-tree"\n  hint: use { kind: "hnsw" } or { kind: "ivf-pq" }'],
      ["an index of single links", (store) => store.createIndex({ kind: "hnsw", m: 1 }), "ArgumentError: m is 1\n  hint: m lies between 2 and 100; 16 is usual, more finds more and takes more memory"],
      ["half a partition", (store) => store.createIndex({ kind: "ivf-pq", partitions: 0.5 }), "ArgumentError: partitions is 0.5\n  hint: partitions is a whole number from 1"],
    ])("refuses %s", async (_, call, message) => {
      expect(await failure(call)).toBe(message);
    }); // prettier-ignore

    test("a refused batch changes nothing", async () => {
      await withStore(async (store) => {
        await expect(
          store.upsert([
            { id: "new", vector: [1, 0, 0] },
            { id: "bad", vector: [] },
          ]),
        ).rejects.toThrow("has 0 numbers");
        expect(await store.count()).toBe(5);
      });
    });

    test("after close every call fails, and closing again does not", async () => {
      const store = await open({ dimension: 3 });
      await store.close();
      await store[Symbol.asyncDispose]();
      for (const call of [
        () => store.count(),
        () => store.query({ vector: [1, 0, 0] }),
        () => store.upsert(products),
        () => store.get(["a"]),
        () => store.delete({}),
        () => store.createIndex({ kind: "hnsw" }),
      ]) {
        await expect(call()).rejects.toThrow(
          expect.objectContaining({
            name: "ClosedError",
            message: `the ${store.kind} store is closed\n  hint: open it again with openStore()`,
          }),
        );
      }
    });

    test("an index finds nearly all, and follows later upserts, deletes and filters", async () => {
      const random = createRandom(3);
      const centres = Array.from({ length: 20 }, () => Array.from({ length: 32 }, () => random.normal()));
      const vector = (): number[] => centres[random.integer(20)]!.map((value) => value + 0.5 * random.normal());
      const store = await open({ dimension: 32 });
      await store.upsert(
        Array.from({ length: 1500 }, (__, index) => ({ id: `r${index}`, vector: vector(), metadata: { part: index % 3 } })),
      );
      await store.createIndex({ kind: "hnsw", m: 12, efConstruction: 64 });
      let found = 0;
      for (let round = 0; round < 20; round++) {
        const query = { vector: vector(), ...(round % 2 === 1 && { filter: { part: 1 } }) };
        const truth = ids(await store.query({ ...query, exact: true }));
        const approximate = ids(await store.query({ ...query, effort: 64 }));
        found += truth.filter((id) => approximate.includes(id)).length;
      }
      expect(found / 200).toBeGreaterThan(0.95);

      const [late, gone] = [vector(), vector()];
      await store.upsert([{ id: "late", vector: late }]);
      expect(ids(await store.query({ vector: late, topK: 1 }))).toEqual(["late"]);
      const [nearest] = await store.query({ vector: gone, topK: 1 });
      await store.delete([nearest!.id]);
      expect(ids(await store.query({ vector: gone, topK: 5 }))).not.toContain(nearest!.id);
      await store.close();
    });
  });
}
