import { describe, expect, test } from "vitest";
import { dropout, grad, jit, normal, ones, tensor, uniform, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const count = 65_536;

/** Wellons' lowbias32, in his own words. */
function lowbias32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/** The 24 bits at a place, computed without a graph. */
function expectedBits(seed: bigint, place: number): number {
  const low = Number(BigInt.asUintN(32, seed));
  const high = Number(BigInt.asUintN(32, seed >> 32n));
  const first = lowbias32((low + 0x9e3779b9) >>> 0);
  const second = lowbias32((high ^ (first + 0x6a09e667)) >>> 0);
  return ((lowbias32((lowbias32(place) ^ second) >>> 0) + first) >>> 8) & 0xffffff;
}

const numbersOf = (x: Tensor): number[] => Array.from(x.data as Float32Array);
const mean = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0) / numbers.length;

/** In standard deviations of what independent numbers would give. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = mean(a.map((number, index) => (number - meanA) * (b[index]! - meanB)));
  const spread = Math.sqrt(mean(a.map((number) => (number - meanA) ** 2)) * mean(b.map((number) => (number - meanB) ** 2)));
  return (product / spread) * Math.sqrt(a.length);
}

describe("random numbers", () => {
  test("are the hash that they say they are, for any int64 as the seed", () => {
    for (const seed of [0n, 1n, -1n, 2n ** 32n - 1n, 2n ** 40n + 5n, -(2n ** 63n), 123_456_789_012_345n]) {
      const drawn = numbersOf(uniform([1000], { seed: tensor(BigInt64Array.of(seed), { shape: [] }) }));
      expect(drawn.map((number) => number * 2 ** 24)).toEqual(drawn.map((_, place) => expectedBits(seed, place)));
    }
  });

  test("are the same compiled as eager, and others for another seed", () => {
    const draw = (seed: Tensor): Tensor[] => [uniform([3, 5], { seed, low: -1, high: 3 }), normal([7], { seed, mean: 2, std: 0.5 })];
    const compiled = jit(draw);
    for (const seed of [3, 4]) {
      const given = tensor(seed, { dtype: "int64" });
      expect(compiled(given).map((x) => x.toArray())).toEqual(draw(given).map((x) => x.toArray()));
    }
    expect(uniform([4], { seed: 3 }).toArray()).not.toEqual(uniform([4], { seed: 4 }).toArray());
  });

  test("are uniform: mean, variance and 256 bins of equal size", () => {
    for (const seed of [0, 1, 42]) {
      const drawn = numbersOf(uniform([count], { seed }));
      const squares = drawn.map((number) => (number - 0.5) ** 2);
      expect(Math.abs(mean(drawn) - 0.5) / Math.sqrt(1 / 12 / count)).toBeLessThan(3.5);
      expect(Math.abs(mean(squares) - 1 / 12) / Math.sqrt(1 / 180 / count)).toBeLessThan(3.5);
      const bins = Array.from({ length: 256 }, () => 0);
      for (const number of drawn) bins[Math.floor(number * 256)]!++;
      const chiSquare = bins.reduce((total, found) => total + (found - count / 256) ** 2 / (count / 256), 0);
      // 255 degrees of freedom: mean 255, deviation √510.
      expect(Math.abs(chiSquare - 255) / Math.sqrt(510)).toBeLessThan(3.5);
    }
  });

  test("do not follow from their neighbours, nor from those of the next seed", () => {
    const drawn = [0, 1, 2, 2 ** 32].map((seed) => numbersOf(uniform([count], { seed })));
    for (const numbers of drawn) {
      for (const lag of [1, 2, 256]) expect(Math.abs(correlation(numbers.slice(lag), numbers.slice(0, -lag)))).toBeLessThan(3.5);
    }
    for (const other of drawn.slice(1)) expect(Math.abs(correlation(drawn[0]!, other))).toBeLessThan(3.5);
  });

  test("start differently for a thousand seeds in a row", () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => expectedBits(BigInt(seed), 0) / 2 ** 24);
    expect(Math.abs(mean(firsts) - 0.5) / Math.sqrt(1 / 12 / 1000)).toBeLessThan(3.5);
    expect(Math.abs(correlation(firsts.slice(1), firsts.slice(0, -1)))).toBeLessThan(3.5);
    expect(new Set(firsts).size).toBe(1000);
  });

  test("are normal: mean, variance, and a share of 31.73 % beyond one standard deviation", () => {
    const drawn = numbersOf(normal([count], { seed: 5 }));
    expect(drawn.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean(drawn)) * Math.sqrt(count)).toBeLessThan(3.5);
    expect(Math.abs(mean(drawn.map((number) => number ** 2)) - 1) / Math.sqrt(2 / count)).toBeLessThan(3.5);
    const beyond = drawn.filter((number) => Math.abs(number) > 1).length / count;
    expect(Math.abs(beyond - 0.3173) / Math.sqrt((0.3173 * 0.6827) / count)).toBeLessThan(3.5);
  });

  test("want an int64 seed", () => {
    expect(() => uniform([2], { seed: tensor(1) })).toThrow("random: a seed is int64, not float32");
    expect(() => uniform([2], { seed: tensor([1, 2], { dtype: "int64" }) })).toThrow("random: the seed is not one number: (2)");
    expect(uniform([0, 3], { seed: 1 }).shape).toEqual([0, 3]);
    expect(uniform([0, 3], { seed: 1 }).toArray()).toEqual([]);
    expect(typeof uniform([], { seed: 1 }).item()).toBe("number");
  });
});

describe("dropout", () => {
  test("keeps the mean, drops the share it is asked to, and passes the gradient on where it keeps", () => {
    const x = ones([256, 256]);
    const kept = numbersOf(dropout(x, 0.25, { seed: 9 }));
    expect(new Set(kept)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    const share = kept.filter((number) => number === 0).length / count;
    expect(Math.abs(share - 0.25) / Math.sqrt((0.25 * 0.75) / count)).toBeLessThan(3.5);
    expect(numbersOf(grad((y: Tensor) => dropout(y, 0.25, { seed: 9 }).sum())(x))).toEqual(kept);
  });

  test("of rate 0 is x itself, of rate 1 nothing, of any other a mistake", () => {
    const x = tensor([1, 2]);
    expect(dropout(x, 0, { seed: 1 })).toBe(x);
    expect(dropout(x, 1, { seed: 1 }).toArray()).toEqual([0, 0]);
    expect(() => dropout(x, 1.5, { seed: 1 })).toThrow("rate must be ≥ 0 and ≤ 1, got 1.5");
  });
});
