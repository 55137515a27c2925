import { describe, expect, test } from "vitest";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

const first = (seed: number): string => {
  const random = createRandom(seed);
  return [random.next(), random.next()].join();
};

describe("a seed", () => {
  test("gives the same numbers each time, and other seeds others: each of its bits counts, and its sign", () => {
    expect(first(7)).toBe(first(7));
    const seeds = [
      0,
      1,
      -1,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 32 + 1,
      2 ** 52,
      -(2 ** 31),
      -(2 ** 31) - 1,
      -(2 ** 32) + 1,
      -(2 ** 32),
      Number.MAX_SAFE_INTEGER,
    ];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length);
  });

  test.each([1.5, NaN, Infinity, 2 ** 53])("of %d is refused", (seed) => {
    expect(() => createRandom(seed)).toThrow(`seed must be an integer, got ${seed}`);
  });
});

describe("random numbers", () => {
  test("are those of sfc32, as its reference gives them", () => {
    // PractRand's sfc32 (a, b, c, counter) = (0x9e3779b9, 0x243f6a88, 0xb7e15162, 1), after 12 rounds.
    const mask = 0xffff_ffffn;
    let [a, b, c, counter] = [0x9e3779b9n, 0x243f6a88n, 0xb7e15162n, 1n];
    const round = (): bigint => {
      const result = (a + b + counter++) & mask;
      [a, b, c] = [b ^ (b >> 9n), (c + (c << 3n)) & mask, ((((c << 21n) | (c >> 11n)) & mask) + result) & mask];
      return result;
    };
    for (let index = 0; index < 12; index++) round();
    const random = createRandom(0);
    for (let index = 0; index < 100; index++) expect(random.next()).toBe(Number(round()) / 2 ** 32);
  });

  test("stay below 1 in float32, too", () => {
    const random = createRandom(6_700_367); // its third number is within 2⁻²⁵ of 1
    const third = [random.next(), random.next(), random.next()][2]!;
    expect(third).toBeGreaterThan(1 - 2 ** -23);
    expect(Math.fround(third)).toBeLessThan(1);
  });
});

describe("integer", () => {
  test("draws each number below the limit", () => {
    const random = createRandom(1);
    expect(new Set(Array.from({ length: 200 }, () => random.integer(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(random.integer(1)).toBe(0);
  });

  test.each([0, -1, 1.5, NaN, 2 ** 33])("refuses a limit of %d", (limit) => {
    expect(() => createRandom(1).integer(limit)).toThrow(`limit must be an integer ≥ 1 and ≤ 4294967296, got ${limit}`);
  });
});
