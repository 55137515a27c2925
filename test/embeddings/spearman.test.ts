import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { spearman } from "../../kernel-helpers/embeddings/index.ts";

describe("spearman", () => {
  // scipy.stats.spearmanr of SciPy 1.17.1; the first is the example of its documentation, the second Wikipedia's (IQ and hours of television).
  test.each([
    [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233],
    [[106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17], -0.17575757575757575],
    [[1, 2, 2, 3], [1, 1, 2, 2], 0.7071067811865477],
    [[1, 1, 1, 2], [3, 1, 1, 1], -0.3333333333333333],
    [[0, 0, 1, 1, 2, 2, 3, 3], [0.1, 0.4, 0.4, 0.2, 0.9, 0.9, 0.9, 0.3], 0.528312335697959],
    [[5, 4, 3, 2, 1], [1e-300, 2, 3, 4, 1e300], -1],
    [
      [5, 3, 4, 5, 3, 4, 5, 1, 0, 1, 1, 5, 5, 0, 2, 4, 0, 4, 0, 2, 4, 1, 2, 1, 4, 1, 5, 2, 2, 3, 3, 3, 3, 5, 4, 4, 4, 3, 2, 5],
      [
        0.1, 0.5, 0.2, 1.1, 0.7, 0.7, -0.3, -0.1, -0, 0.3, -0.6, 0.8, 0.5, -0.4, 0.9, 0.4, -0, 1.2, -0.3, 0.3, 0.9, 0.2, -0.2, 0.2, 1.5,
        -0.6, 1.4, 0.5, 0.1, 1.6, 1, 0, 0.6, 1.3, 0.7, 1.1, 0.8, 0.9, 1.1, 0.7,
      ],
      0.558856104841696,
    ],
  ])("of %j and %j is SciPy's, with ties too", (a, b, expected) => {
    expect(spearman(a, b)).toBeCloseTo(expected, 12);
    expect(spearman(Float64Array.from(b), Float32Array.from(a))).toBeCloseTo(expected, 12);
  });

  test("sees the order alone, and keeps within −1 and 1", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(numbers, (given) => {
        const grown = given.map((value) => Math.exp(value / 100));
        expect(spearman(given, grown)).toBe(1);
        expect(
          spearman(
            given,
            grown.map((value) => -value),
          ),
        ).toBe(-1);
      }),
    );
  });

  test.each([
    [[1, 2], [1, 2, 3], "a and b must be of the same length, got 2 and 3\n  hint: pass two numbers for each thing"],
    [[1], [1], "a must be an array of at least two numbers"],
    ["12", [1, 2], 'a must be an array of at least two numbers, got "12"'],
    [[1, 2], [1, NaN], "b[1] must be a finite number, got NaN"],
    [[1, 2], [1, "2"], 'b[1] must be a finite number, got "2"'],
    [[1, 2, 3], [4, 4, 4], "b must be numbers that are not all equal"],
  ])("of %j and %j is refused", (a, b, message) => {
    expect(() => spearman(a as never, b as never)).toThrow(ArgumentError);
    expect(() => spearman(a as never, b as never)).toThrow(message);
  });
});
