/** Batches, matrices and similarity, by themselves. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planBatches } from "../../kernel-helpers/embeddings/batches.ts";
import { cosineSimilarity, Matrix } from "../../kernel-helpers/embeddings/index.ts";

describe("planBatches", () => {
  const lengths = fc.array(fc.integer({ min: 2, max: 256 }), { maxLength: 400 });

  test("puts every text into exactly one batch", () => {
    fc.assert(
      fc.property(lengths, (given) => {
        expect(
          planBatches(given, 1024)
            .flat()
            .toSorted((a, b) => a - b),
        ).toEqual([...given.keys()]);
      }),
    );
  });

  test("keeps to the budget, and to an eighth or 64 tokens of padding", () => {
    fc.assert(
      fc.property(lengths, (given) => {
        for (const batch of planBatches(given, 1024)) {
          const sizes = batch.map((index) => given[index]!);
          const padded = Math.max(...sizes) * batch.length;
          const padding = padded - sizes.reduce((sum, size) => sum + size, 0);
          expect(padded).toBeLessThanOrEqual(1024);
          expect(padding).toBeLessThanOrEqual(Math.max(64, padded / 8));
        }
      }),
    );
  });

  test("takes a few short texts in one go, and the longest first", () => {
    expect(planBatches([4, 9, 6], 1024)).toEqual([[1, 2, 0]]);
    expect(planBatches([10, 200, 10], 1024)).toEqual([[1], [0, 2]]);
  });
});

describe("cosineSimilarity", () => {
  test.each([
    [[1, 0], [2, 0], 1],
    [[1, 0], [0, 3], 0],
    [[1, 2], [-2, -4], -1],
    [[0, 0], [1, 1], 0],
  ])("of %j and %j is %d", (a, b, expected) => {
    expect(cosineSimilarity(a, b)).toBeCloseTo(expected, 12);
  });

  test("of two matrices is that of each pair of rows", () => {
    const vector = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 6 }), fc.array(vector, { minLength: 1, maxLength: 6 }), (a, b) => {
        const [left, right] = [a, b].map((rows) => new Matrix(rows.length, 7, Float32Array.from(rows.flat())));
        const all = cosineSimilarity(left!, right!);
        expect([all.rows, all.cols]).toEqual([a.length, b.length]);
        for (let row = 0; row < a.length; row++) {
          for (let column = 0; column < b.length; column++) {
            expect(all.row(row)[column]).toBeCloseTo(cosineSimilarity(left!.row(row), right!.row(column)), 4);
          }
        }
      }),
    );
  });

  test("says what does not fit", () => {
    expect(() => cosineSimilarity([1, 2], [1])).toThrow(
      "vectors of 2 and of 1 dimensions cannot be compared\n  hint: compare vectors of the same encoder",
    );
    expect(() => cosineSimilarity(new Matrix(1, 2), [1, 2] as never)).toThrow(
      "the similarity of a matrix and a vector\n  hint: give two matrices or two vectors: matrix.row(0) is one",
    );
  });
});

describe("Matrix", () => {
  test("rows are views", () => {
    const matrix = new Matrix(2, 2, Float32Array.of(1, 2, 3, 4));
    matrix.row(1)[0] = 9;
    expect([...matrix.data]).toEqual([1, 2, 9, 4]);
    expect(() => matrix.row(2)).toThrow("there is no row 2\n  hint: the matrix has rows 0 to 1");
  });

  test("shows its size and its beginning", () => {
    expect(
      String(
        new Matrix(
          4,
          5,
          Float32Array.from({ length: 20 }, (_, index) => index / 10),
        ),
      ),
    ).toBe(
      "Matrix 4 × 5\n   0.0000  0.1000  0.2000  0.3000 …\n   0.5000  0.6000  0.7000  0.8000 …\n   1.0000  1.1000  1.2000  1.3000 …\n  …",
    );
  });

  test("refuses data of another size", () => {
    expect(() => new Matrix(2, 2, new Float32Array(3))).toThrow("a matrix of 2 × 2 has 4 numbers, not 3");
  });
});
