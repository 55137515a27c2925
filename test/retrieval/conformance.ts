/** What every vector store must do. A new store passes when `describeVectorStore` does; what other handles and processes may do is in writers.ts. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  const failure = async (call: () => Promise<unknown>): Promise<string> => {
    try {
      await call();
      return "did not fail";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };

  describe(`${name}: a vector store`, { timeout: 120_000 }, () => {
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

    describe("of five records that stay", () => {
      let five: VectorStore;
      beforeAll(async () => {
        five = await open({ dimension: 3 });
        await five.upsert(products);
      });
      afterAll(async () => {
        expect(await five.count()).toBe(5);
        await five.close();
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
        if (!five.capabilities.ordersText && JSON.stringify(filter).includes('"$gt":"')) {
          await expect(five.count(filter)).rejects.toThrow("does not order text");
          return;
        }
        expect(ids(await five.query({ vector: [1, 0, 0], filter })).toSorted()).toEqual(expected);
        expect(await five.count(filter)).toBe(expected.length);
      });

      test("the filter is applied before the search: topK of the matching are found", async () => {
        expect(ids(await five.query({ vector: [1, 0, 0], topK: 1, filter: { inStock: false } }))).toEqual(["p4"]);
      });

      test.each<[string, (store: VectorStore) => Promise<unknown>, string]>([
      ["records that are not an array", (store) => store.upsert(null as never), "records must be an array, got null"],
      ["a record that is not an object", (store) => store.upsert([products[0]!, null as never]), "records[1] must be a plain object, got null\n  hint: a record is { id, vector, metadata }"],
      ["a hole in records", (store) => store.upsert(Array(2) as never), "records[0] must be a plain object, got undefined"],
      ["a field beside metadata", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], price: 3 } as never]), 'records[0] has an unknown field "price"\n  hint: put it into metadata: a record has id, vector, metadata'],
      ["a misspelt field", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metdata: {} } as never]), 'records[0] has an unknown field "metdata"\n  hint: did you mean "metadata"?'],
      ["a vector of another length", (store) => store.upsert([products[0]!, { id: "x", vector: [1, 2] }]), "records[1].vector must have 3 numbers, as the store's dimension says, got 2\n  hint: use vectors of one encoder, and open the store with its dimension"],
      ["a query of another length", (store) => store.query({ vector: new Float32Array(4) }), "vector must have 3 numbers, as the store's dimension says, got 4"],
      ["no vector", (store) => store.query({ vector: undefined as never }), "vector must be a Float32Array or an array of numbers, got undefined"],
      ["no query", (store) => store.query(undefined as never), "query must be a plain object, got undefined\n  hint: write query({ vector })"],
      ["null in a vector", (store) => store.upsert([{ id: "x", vector: [null, 1, 0] as never }]), "records[0].vector[0] must be a number that is finite as float32, got null"],
      ["a hole in a vector", (store) => store.query({ vector: Object.assign(Array(3), { 0: 1, 2: 0 }) }), "vector[1] must be a number that is finite as float32, got undefined"],
      ["text in a vector", (store) => store.query({ vector: [1, "0", 0] as never }), 'vector[1] must be a number that is finite as float32, got "0"'],
      ["a bigint in a vector", (store) => store.query({ vector: [1n, 0, 0] as never }), "vector[0] must be a number that is finite as float32, got 1n"],
      ["NaN in a vector", (store) => store.upsert([{ id: "x", vector: [1, Number.NaN, 0] }]), "records[0].vector[1] must be a number that is finite as float32, got NaN"],
      ["what float32 cannot hold", (store) => store.query({ vector: [1, 0, -1e39] }), "vector[2] must be a number that is finite as float32, got -1e+39"],
      ["a vector of doubles", (store) => store.query({ vector: new Float64Array(3) as never }), "vector must be a Float32Array or an array of numbers, got a Float64Array of 3\n  hint: convert it with Float32Array.from(vector, Number)"],
      ["a vector of bigints", (store) => store.upsert([{ id: "x", vector: new BigInt64Array(3) as never }]), "records[0].vector must be a Float32Array or an array of numbers, got a BigInt64Array of 3"],
      ["a query of zeros under the cosine", (store) => store.query({ vector: [0, 0, 0] }), 'vector must be a vector that is not all zeros, got an array of 3\n  hint: zeros point nowhere, so they have no cosine: leave the vector out, or open the store with metric "dot"'],
      ["an id twice in one batch", (store) => store.upsert([products[0]!, products[1]!, products[0]!]), 'records[2] has the id "p1", as records[0] has\n  hint: upsert only the one that should stay'],
      ["an empty id", (store) => store.get(["p1", ""]), 'ids[1] must be well-formed text that is not empty, got ""'],
      ["a number as id", (store) => store.delete([7 as never]), 'ids[0] must be well-formed text that is not empty, got 7\n  hint: write "7"'],
      ["half a surrogate pair as id", (store) => store.upsert([{ id: "\ud800", vector: [1, 0, 0] }]), 'records[0].id must be well-formed text that is not empty, got "\\ud800"'],
      ["nested metadata", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metadata: { tags: ["a"] as never } }]), "records[0].metadata.tags must be a string, a finite number, true or false, got an array of 1"],
      ["metadata that are not a plain object", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metadata: new Map() as never }]), "records[0].metadata must be a plain object, got a Map"],
      ["null in metadata", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metadata: { size: null as never } }]), "records[0].metadata.size must be a string, a finite number, true or false, got null\n  hint: leave out what is unknown"],
      ["a field that looks like an operator", (store) => store.upsert([{ id: "x", vector: [1, 0, 0], metadata: { $eq: 1 } }]), 'a field name of records[0].metadata must be well-formed text that does not begin with $, got "$eq"'],
      ["topK of 0", (store) => store.query({ vector: [1, 0, 0], topK: 0 }), "topK must be an integer ≥ 1, got 0"],
      ["topK of NaN", (store) => store.query({ vector: [1, 0, 0], topK: Number.NaN }), "topK must be an integer ≥ 1, got NaN"],
      ["an unknown option", (store) => store.query({ vector: [1, 0, 0], topk: 3 } as never), 'query has no option "topk"\n  hint: did you mean "topK"?'],
      ["a truth value that is not one", (store) => store.query({ vector: [1, 0, 0], exact: 1 as never }), "exact must be true or false, got 1"],
      ["effort that is not a number", (store) => store.query({ vector: [1, 0, 0], effort: "high" as never }), 'effort must be an integer ≥ 1, got "high"'],
      ["an unknown operator", (store) => store.count({ price: { $near: 3 } as never }), 'filter.price.$near: unknown operator "$near"'],
      ["an unknown joining operator", (store) => store.count({ $nor: [] }), 'filter: unknown operator "$nor"\n  hint: did you mean "$or"?'],
      ["an order of truth values", (store) => store.count({ inStock: { $gt: true as never } }), "filter.inStock.$gt must be a string or a finite number, got true\n  hint: true and false have no order: compare them with $eq"],
      ["a filter with null", (store) => store.delete({ price: null as never }), "filter.price must be a string, a finite number, true or false, got null\n  hint: leave out what is unknown"],
      ["a list as value", (store) => store.count({ language: ["en"] as never }), "filter.language must be a string, a finite number, true or false, got an array of 1\n  hint: to match any of several values, use $in"],
      ["a date as value", (store) => store.count({ price: { $gt: new Date(0) as never } }), "filter.price.$gt must be a string, a finite number, true or false, got a Date"],
      ["$or of nothing", (store) => store.count({ $or: [] }), "filter.$or must be an array that is not empty, got []"],
      ["no condition", (store) => store.count({ price: {} }), "filter.price must be a value or a condition, got {}"],
      ["an unknown index", (store) => store.createIndex({ kind: "kd-tree" as never }), 'kind must be one of "flat", "hnsw", "ivf-pq", got "kd-tree"'],
      ["an index of single links", (store) => store.createIndex({ kind: "hnsw", m: 1 }), "m must be an integer ≥ 2 and ≤ 100, got 1\n  hint: 16 is usual; more finds more and takes more memory"],
      ["half a partition", (store) => store.createIndex({ kind: "ivf-pq", partitions: 0.5 }), "partitions must be an integer ≥ 1, got 0.5"],
      ["an option of another index", (store) => store.createIndex({ kind: "hnsw", partitions: 3 } as never), 'options has no option "partitions"'],
    ])("refuses %s", async (_, call, message) => {
      const found = (await failure(() => call(five))).replace(/ and ≤ \d+, got (0|NaN)/, ", got $1"); // stores differ in the largest topK
      expect(found).toSatisfy(() => found === `ArgumentError: ${message}` || found.startsWith(`ArgumentError: ${message}\n  hint: `), message);
    }); // prettier-ignore

      test("what it cannot do is refused, and named", async () => {
        const { batch, topK, idBytes, metadataBytes, indexes, exact } = five.capabilities;
        const record = { id: "x", vector: [1, 0, 0] };
        const refused: [boolean, () => Promise<unknown>, string][] = [
        [topK < Infinity, () => five.query({ vector: [1, 0, 0], topK: topK + 1 }), `topK must be an integer ≥ 1 and ≤ ${topK}, got ${topK + 1}`],
        [idBytes < Infinity, () => five.upsert([{ ...record, id: "x".repeat(idBytes + 1) }]), `records[0].id must have at most ${idBytes} bytes, got ${idBytes + 1}`],
        [metadataBytes < Infinity, () => five.upsert([{ ...record, metadata: { text: "中".repeat(metadataBytes / 3) } }]), `records[0].metadata as JSON must have at most ${metadataBytes} bytes`],
        [exact === "never", () => five.query({ vector: [1, 0, 0], exact: true }), `the ${five.kind} store has no exact search`],
        [!indexes.includes("hnsw"), () => five.createIndex({ kind: "hnsw" }), `the ${five.kind} store has no index "hnsw"`],
        [!indexes.includes("ivf-pq"), () => five.createIndex({ kind: "ivf-pq" }), `the ${five.kind} store has no index "ivf-pq"`],
      ]; // prettier-ignore
        for (const [applies, call, message] of refused) if (applies) expect(await failure(call)).toMatch(`ArgumentError: ${message}`);
        expect(batch.records).toBeGreaterThanOrEqual(1000);
      });

      test("a call whose signal has aborted rejects with its reason and changes nothing", async () => {
        const gone = new Error("gone");
        const options = { signal: AbortSignal.abort(gone) };
        for (const call of [
          five.upsert([{ id: "x", vector: [1, 0, 0] }], options),
          five.query({ vector: [1, 0, 0] }, options),
          five.get(["p1"], options),
          five.delete(["p1"], options),
          five.clear(options),
          five.count(undefined, options),
        ]) {
          await expect(call).rejects.toBe(gone);
        }
        expect(await failure(() => five.count({}, { signal: 3 as never }))).toMatch("ArgumentError: signal must be an AbortSignal, got 3");
        expect(await failure(() => five.count({}, { sginal: undefined } as never))).toMatch('did you mean "signal"?');
      });

      test("a filter that says nothing is refused, wherever it stands", async () => {
        const undefinedUser = { user: undefined };
        const nothing: unknown[] = [undefinedUser, { $and: [{ language: "en" }, undefinedUser] }, { $or: [undefinedUser] }, { $not: undefinedUser }, { $not: undefined }, { $and: undefined }, { price: { $lt: undefined } }, { price: { $gt: 1, $lt: undefined } }, { price: { $in: [undefined] } }, { price: { $in: Array(1) } }, { [Symbol("user")]: 1 }]; // prettier-ignore
        const noFilters: unknown[] = [
          null,
          new Set(["a"]),
          new Map([["user", 1]]),
          new Date(),
          Object.create({ user: 1 }),
          "p1",
          7,
          true,
          () => true,
        ];
        for (const filter of [...nothing, ...noFilters]) {
          for (const call of [
            five.delete(filter as never),
            five.count(filter as never),
            five.query({ vector: [1, 0, 0], filter: filter as never }),
          ]) {
            await expect(call).rejects.toThrow(expect.objectContaining({ name: "ArgumentError", code: "ERR_ARGUMENT" }));
          }
        }
        await expect(five.delete(undefined as never)).rejects.toThrow("filter must be a plain object, got undefined");
      });
    });

    test("what holds for every record deletes nothing; clear() empties the store and says how many there were", async () => {
      const everything: Filter[] = [
        {},
        { $and: [{}] },
        { $or: [{ language: "en" }, {}] },
        { $not: { price: { $in: [] } } },
        { price: { $nin: [] } },
      ];
      await withStore(async (store) => {
        for (const filter of everything) {
          await expect(store.delete(filter)).rejects.toThrow("hint: to delete every record, call clear()");
        }
        expect(await store.delete([])).toBe(0);
        expect(await store.count()).toBe(5);
        expect(await store.clear()).toBe(5);
        expect(await store.clear()).toBe(0);
        expect(await store.query({ vector: [1, 0, 0] })).toEqual([]);
        await store.upsert(products);
        expect(await store.count({ language: "en" })).toBe(3);
      });
    });

    test("equally near records come in the order of their ids, also where topK cuts among them", async () => {
      const store = await open({ dimension: 2 });
      const equal = ["b", "😀", "z", "a", "\ue000", "aa", "c"];
      await store.upsert(equal.map((id) => ({ id, vector: [1, 1] })));
      await store.upsert([{ id: "near", vector: [1, 0] }]);
      if (store.capabilities.exact !== "never") {
        const query = { vector: [1, 0], exact: true };
        expect(ids(await store.query({ ...query, topK: 3 }))).toEqual(["near", "a", "aa"]);
        expect(ids(await store.query(query))).toEqual(["near", "a", "aa", "b", "c", "z", "\ue000", "😀"]);
      }
      await store.close();
    });

    test("a cosine lies between -1 and 1, however long or short the query is", async () => {
      await withStore(async (store) => {
        for (const length of [1e-40, 1e-20, 1, 1e20, 3e38]) {
          const matches = await store.query({ vector: [length, 0, 0] });
          expect(ids(matches)).toEqual(["p1", "p2", "p3", "p4", "p5"]);
          expect([matches[0]!.score, matches.at(-1)!.score]).toEqual([1, -1]);
        }
      });
    });

    test("calls take effect in the order in which they were made, awaited or not", async () => {
      const store = await open({ dimension: 2 });
      const upsert = (version: number): Promise<void> =>
        store.upsert([{ id: "new", vector: [1, version], metadata: { version, [`only${version}`]: true } }]);
      const writes = [1, 2, 3].map(upsert);
      expect(await store.get(["new"])).toEqual([{ id: "new", vector: Float32Array.of(1, 3), metadata: { version: 3, only3: true } }]);
      await Promise.all(writes);
      expect(await store.count()).toBe(1);
      expect(await store.count({ only1: true })).toBe(0);
      expect(ids(await store.query({ vector: [1, 0] }))).toEqual(["new"]);
      const results = await Promise.all([
        store.delete(["new"]),
        upsert(4),
        store.count(),
        store.delete({ version: 4 }),
        store.delete(["new"]),
        store.count(),
      ]);
      expect(results).toEqual([1, undefined, 1, 1, 0, 0]);
      await store.close();
    });

    test("closing waits for what is under way", async () => {
      const store = await open({ dimension: 3 });
      const calls = [store.upsert(products), store.count(), store.query({ vector: [1, 0, 0], topK: 1 })];
      const closed = store.close();
      await expect(store.count()).rejects.toThrow("is closed");
      await Promise.all([closed, store.close()]);
      expect(await Promise.all(calls)).toMatchObject([undefined, 5, [{ id: "p1" }]]);
    });

    test("a refused batch changes nothing", async () => {
      await withStore(async (store) => {
        await expect(
          store.upsert([
            { id: "new", vector: [1, 0, 0] },
            { id: "bad", vector: [] },
          ]),
        ).rejects.toThrow("records[1].vector must have 3 numbers");
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
        () => store.delete(["a"]),
        () => store.clear(),
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
      if (!store.capabilities.indexes.includes("hnsw")) return store.close();
      await store.upsert(
        Array.from({ length: 1500 }, (__, index) => ({ id: `r${index}`, vector: vector(), metadata: { part: index % 3 } })),
      );
      const queries = Array.from({ length: 20 }, (__, round) => ({ vector: vector(), ...(round % 2 === 1 && { filter: { part: 1 } }) }));
      const truth: string[][] = [];
      for (const query of queries) truth.push(ids(await store.query({ ...query, exact: true })));
      await store.createIndex({ kind: "hnsw", m: 12, efConstruction: 64 });
      let found = 0;
      for (const [round, query] of queries.entries()) {
        const approximate = ids(await store.query({ ...query, effort: 64 }));
        found += truth[round]!.filter((id) => approximate.includes(id)).length;
      }
      expect(found / 200).toBeGreaterThan(0.95);
      if (store.capabilities.exact === "without an index") {
        await expect(store.query({ vector: vector(), exact: true })).rejects.toThrow("an exact search has to go without");
      }

      const [late, gone] = [vector(), vector()];
      await store.upsert([{ id: "late", vector: late }]);
      expect(ids(await store.query({ vector: late, topK: 1 }))).toEqual(["late"]);
      const [nearest] = await store.query({ vector: gone, topK: 1 });
      await store.delete([nearest!.id]);
      expect(ids(await store.query({ vector: gone, topK: 5 }))).not.toContain(nearest!.id);
      await store.createIndex({ kind: "flat" });
      for (const [round, query] of queries.slice(0, 3).entries()) {
        const again = ids(await store.query({ ...query, exact: true, topK: 12 }));
        expect(truth[round]!.filter((id) => id !== nearest!.id && !again.includes(id))).toEqual([]);
      }
      await store.close();
    });
  });
}
