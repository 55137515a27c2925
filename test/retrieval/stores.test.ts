/** Both stores pass the conformance suite and, over random records and filters, give the same answers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openStore, type Filter, type Metric, type StoreOptions } from "../../kernel-helpers/retrieval/index.ts";
import { describeVectorStore } from "./conformance.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-stores-"));
let stores = 0;
const newPath = (): string => path.join(folder, String(stores++));
afterAll(() => rmSync(folder, { recursive: true }));

describeVectorStore("memory", (options) => openStore({ kind: "memory", ...options }));
describeVectorStore("lancedb", (options) => openStore({ kind: "lancedb", path: newPath(), ...options }));

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

test("LanceDB keeps records, index and shape on disk", async () => {
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
  [{ kind: "memory", dimension: 0 }, "the dimension is 0\n  hint: give the length of the vectors, such as 384"],
  [{ kind: "memory", dimension: 2, metric: "cosin" }, 'unknown metric "cosin"\n  hint: use cosine, dot, euclidean'],
  [{ kind: "chroma", dimension: 2 }, 'unknown store "chroma"\n  hint: use memory or lancedb'],
])("openStore refuses %j", async (options, message) => {
  await expect(openStore(options as StoreOptions)).rejects.toThrow(expect.objectContaining({ name: "ArgumentError", message }));
});
