/** What a store must do with a hundred thousand vectors: more than any request holds. */
import { expect, test } from "vitest";
import type { VectorStore } from "../../kernel-helpers/retrieval/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

const [count, dimension] = [100_000, 8];

export function testLargeStore(name: string, open: (options: { dimension: number }) => Promise<VectorStore>): void {
  test(`${name} holds 100,000 vectors: finds each, filters and counts them, and deletes most`, { timeout: 600_000 }, async () => {
    const random = createRandom(11);
    const records = Array.from({ length: count }, (_, row) => ({
      id: `r${row}`,
      vector: Float32Array.from({ length: dimension }, () => random.normal()),
      metadata: { part: row % 10 },
    }));
    const store = await open({ dimension });
    await store.upsert(records);
    expect(await store.count()).toBe(count);
    for (const row of [0, 999, 1000, 54_321, count - 1]) {
      const [match] = await store.query({ vector: records[row]!.vector, topK: 3 });
      expect(match).toMatchObject({ id: `r${row}`, metadata: { part: row % 10 } });
      const matches = await store.query({ vector: records[row]!.vector, topK: 3, filter: { part: 7 } });
      expect(matches.map(({ metadata }) => metadata)).toEqual([{ part: 7 }, { part: 7 }, { part: 7 }]);
    }
    const some = records.filter((_, row) => row % 90 === 0).map(({ id }) => id);
    expect((await store.get(some)).map(({ id }) => id)).toEqual(some);
    expect(await store.delete(some)).toBe(some.length);
    expect(await store.count({ part: 0 })).toBe(count / 10 - some.length);
    expect(await store.delete({ part: { $gt: 0 } })).toBe(count * 0.9);
    expect(await store.count()).toBe(count / 10 - some.length);
    await store.close();
  });
}
