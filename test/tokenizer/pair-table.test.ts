/** The table of pairs against a Map, across many growths. */
import { expect, test } from "vitest";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { PairTable } from "../../kernel-helpers/tokenizer/pair-table.ts";

test("counts of half a million pairs are a Map's", () => {
  const random = createRandom(3);
  const table = new PairTable();
  const expected = new Map<number, number>();
  for (let step = 0; step < 500_000; step++) {
    const [left, right, amount] = [random.integer(1000), random.integer(1000), 1 + random.integer(9)];
    table.add(left, right, amount);
    expected.set(left * 1000 + right, (expected.get(left * 1000 + right) ?? 0) + amount);
  }
  expect(table.size).toBe(expected.size);
  const wrong = [...expected].filter(([key, count]) => table.countOf(Math.floor(key / 1000), key % 1000) !== count);
  expect(wrong).toEqual([]);
});
