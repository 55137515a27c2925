import { describe, expect, test } from "vitest";
import { bestOf, bestOfKl, calibration, rejectionSample } from "../../kernel-helpers/alignment/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** All choices of n of the places from 0 to count − 1. */
function choices(count: number, n: number, from: number = 0): number[][] {
  if (n === 0) return [[]];
  return Array.from({ length: count - from }, (_, at) => from + at).flatMap((first) =>
    choices(count, n - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

describe("the best of n", () => {
  const scores = [0.3, -1, 2, 0.9, 1.4, -0.2, 0];
  const values = [5, 1, -2, 3, 0, 7, 4];

  test.each([1, 2, 3, 6, 7])("of a pool, n = %i, is the mean over all choices, counted out", (n) => {
    const counted = choices(scores.length, n).map((places) => values[places.reduce((a, b) => (scores[a]! > scores[b]! ? a : b))]!);
    expect(bestOf(scores, { n, values })).toBeCloseTo(mean(counted), 10);
  });

  test("by the scores themselves never falls with n", () => {
    const found = [1, 2, 3, 4, 5, 6, 7].map((n) => bestOf(scores, { n }));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect([found[0], found[6]]).toEqual([expect.closeTo(mean(scores), 10), 2]);
  });

  test("is ln n − (n − 1) / n away, as the density n · F^(n − 1) of a continuous score gives", () => {
    const n = 8;
    const grid = Array.from({ length: 20_000 }, (_, at) => (at + 0.5) / 20_000);
    const integral = mean(grid.map((x) => n * x ** (n - 1) * Math.log(n * x ** (n - 1))));
    expect(bestOfKl(n)).toBeCloseTo(integral, 4);
    expect(bestOfKl(1)).toBe(0);
  });

  test("refuses more than there are, and values of another number", () => {
    expect(() => bestOf([1, 2], { n: 3 })).toThrow("n must be an integer ≥ 1 and ≤ 2");
    expect(() => bestOf([1, 2], { n: 1, values: [1] })).toThrow("values must be one for each of the 2 scores");
  });
});

describe("rejection sampling", () => {
  const scores = [0, 1, 2, 2.5];

  test("tilts by exp(score / beta): value and divergence as of that distribution", () => {
    const beta = 0.7;
    const powers = scores.map((score) => Math.exp(score / beta));
    const total = powers.reduce((sum, power) => sum + power, 0);
    const p = powers.map((power) => power / total);
    const { value, kl } = rejectionSample(scores, { beta });
    expect(value).toBeCloseTo(
      p.reduce((sum, share, at) => sum + share * scores[at]!, 0),
      10,
    );
    expect(kl).toBeCloseTo(
      p.reduce((sum, share) => sum + share * Math.log(share / 0.25), 0),
      10,
    );
  });

  test("keeps as many as it says, and the best always", () => {
    const kept = Array.from({ length: 1000 }, (_, seed) => rejectionSample(scores, { beta: 1, seed }));
    expect(kept.every((one) => one.kept.includes(3))).toBe(true);
    expect(mean(kept.map((one) => one.kept.length / 4))).toBeCloseTo(kept[0]!.acceptance, 1);
  });

  test("costs nothing where beta is large, and is all for the best where it is small", () => {
    expect(rejectionSample(scores, { beta: 1e6 }).kl).toBeCloseTo(0, 8);
    expect(rejectionSample(scores, { beta: 1e-3 })).toMatchObject({ kept: [3], value: 2.5, kl: Math.log(4) });
  });

  test("refuses a beta of 0", () => {
    expect(() => rejectionSample(scores, { beta: 0 })).toThrow("beta must be");
  });
});

describe("calibration", () => {
  test("is good where what is given p comes with p, and says by how much it is not", () => {
    const random = createRandom(3);
    const probabilities = Array.from({ length: 20_000 }, () => random.next());
    const outcomes = probabilities.map((p) => random.next() < p);
    expect(calibration(probabilities, outcomes).ece).toBeLessThan(0.015);
    const sharper = probabilities.map((p) => p ** 3 / (p ** 3 + (1 - p) ** 3));
    // ∫ |p − p³ / (p³ + (1 − p)³)| dp by the midpoint rule
    const grid = Array.from({ length: 10_000 }, (_, at) => (at + 0.5) / 10_000);
    const apart = mean(grid.map((p) => Math.abs(p - p ** 3 / (p ** 3 + (1 - p) ** 3))));
    expect(calibration(sharper, outcomes, { bins: 50 }).ece).toBeCloseTo(apart, 1);
  });

  test("by hand: two bins, one empty left out", () => {
    expect(calibration([0.8, 0.6, 1], [true, false, true], { bins: 2 })).toEqual({
      ece: expect.closeTo(0.4 / 3, 10),
      bins: [{ predicted: expect.closeTo(0.8, 10), observed: expect.closeTo(2 / 3, 10), count: 3 }],
    });
  });

  test("refuses what is not a probability, and outcomes of another number", () => {
    expect(() => calibration([1.2], [true])).toThrow("probabilities[0] must be");
    expect(() => calibration([0.2], [])).toThrow("outcomes must be one for each of the 1 probabilities");
  });
});
