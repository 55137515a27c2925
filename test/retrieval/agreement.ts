/** Over random records and filters a store gives the answers of the store in memory: above all, its engine's filters mean what ours do. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openStore, type Filter, type Metric } from "../../kernel-helpers/retrieval/index.ts";
import type { OpenStore } from "./conformance.ts";

const scalar = fc.oneof(fc.boolean(), fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom("", "a", "b", "it's", "中", "\ue000", "😀", "A")); // prettier-ignore
const field = fc.constantFrom("size", "Size", "品", "a.b");
const metadata = fc.dictionary(field, scalar, { maxKeys: 3, noNullPrototype: true });

/** @param ordered What $gt and its like compare with. */
const filters = (ordered: fc.Arbitrary<string | number>): fc.Arbitrary<Filter> => {
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
  return filter;
};

const texts = scalar.filter((value) => typeof value !== "boolean") as fc.Arbitrary<string | number>;
const onlyNumbers = scalar.filter((value) => typeof value === "number") as fc.Arbitrary<number>;

const vector = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }).filter((numbers) => numbers.some((n) => n !== 0));
const records = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), vector, metadata }), {
  selector: ({ id }) => id,
  maxLength: 30,
});

export function describeAgreement(name: string, open: OpenStore, { ordersText = true, runs = 12 } = {}): void {
  const queries = fc.array(fc.tuple(filters(ordersText ? texts : onlyNumbers), vector, fc.integer({ min: 1, max: 40 })), {
    minLength: 5,
    maxLength: 5,
  });

  describe(`${name} and the store in memory`, { timeout: 300_000 }, () => {
    test.each<Metric>(["cosine", "dot", "euclidean"])("give the same answers under %s", async (metric) => {
      const theirs = await open({ dimension: 4, metric });
      await fc.assert(
        fc.asyncProperty(records, queries, async (batch, asked) => {
          const ours = await openStore({ kind: "memory", dimension: 4, metric });
          await theirs.clear();
          for (const store of [ours, theirs]) await store.upsert(batch);
          for (const [filter, query, topK] of asked) {
            const [expected, found] = await Promise.all([ours, theirs].map((store) => store.query({ vector: query, topK, filter })));
            expect(await theirs.count(filter)).toBe(await ours.count(filter));
            // Equal scores may come in either order, so ranks are compared by score, and records only where all are found.
            expect(found!.length).toBe(expected!.length);
            for (const [rank, match] of expected!.entries()) expect(found![rank]!.score).toBeCloseTo(match.score, 4);
            if (topK >= batch.length) {
              const byId = (one: { id: string }, other: { id: string }): number => (one.id < other.id ? -1 : 1);
              const bare = (matches: typeof expected): unknown => matches!.map(({ id, metadata: held }) => ({ id, held })).toSorted(byId);
              expect(bare(found)).toEqual(bare(expected));
            }
          }
          await ours.close();
        }),
        { numRuns: runs },
      );
      await theirs.close();
    });
  });
}
