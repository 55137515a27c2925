/** Batches, matrices and similarity, by themselves. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError, OutOfRangeError } from "../../kernel-helpers/errors.ts";
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
      "a matrix and a vector cannot be compared\n  hint: pass two matrices or two vectors: matrix.row(0) is one",
    );
    expect(() => cosineSimilarity(new Matrix(1, 2), new Matrix(1, 3))).toThrow("vectors of 2 and of 3 dimensions cannot be compared");
  });

  test("of arrays of vectors is that of the matrices they are", () => {
    const [a, b] = [
      [[1, 0]],
      [
        [1, 0],
        [0, 2],
        [-3, 0],
        [1, 1],
      ],
    ];
    expect([...cosineSimilarity(a!, b!).data]).toEqual([1, 0, -1, Math.fround(Math.SQRT1_2)]);
    expect([...cosineSimilarity([Float32Array.of(1, 0)], new Matrix(1, 2, Float32Array.of(2, 2))).data]).toEqual([
      Math.fround(Math.SQRT1_2),
    ]);
    expect([cosineSimilarity(a!, b!).rows, cosineSimilarity(a!, b!).cols]).toEqual([1, 4]);
  });

  test.each([1e-323, 1e-200, 1e-45, 1e-20, 1e20, 3e38, 1e200, 1e308])("is right for numbers of the size of %d", (size) => {
    const [x, y] = [
      [size, 0],
      [size / 2, size / 2],
    ];
    expect(cosineSimilarity(x!, x!)).toBe(1);
    if (size > 1e-300) expect(cosineSimilarity(x!, y!)).toBeCloseTo(Math.SQRT1_2, 14);
    const [row, other] = [Float32Array.of(size, 0), Float32Array.of(1, 1)];
    const expected = row[0] === 0 ? 0 : row[0] === Infinity ? NaN : Math.fround(Math.SQRT1_2);
    expect(cosineSimilarity(new Matrix(1, 2, row), new Matrix(1, 2, other)).data[0]).toBe(expected);
  });

  test("is never beyond 1, as rounding would have it", () => {
    const vector = fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(vector, fc.double({ min: 0.1, max: 10, noNaN: true }), (x, scale) => {
        const y = x.map((value) => value * scale);
        const rows = [x, y].map((row) => new Matrix(1, row.length, Float32Array.from(row)));
        for (const value of [cosineSimilarity(x, y), cosineSimilarity(rows[0]!, rows[1]!).data[0]!]) {
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("of a NaN or an infinity is NaN, as in NumPy", () => {
    for (const wrong of [NaN, Infinity, -Infinity]) expect(cosineSimilarity([wrong, 1], [1, 1])).toBeNaN();
  });

  test.each<[unknown, unknown, string]>([
    [[null, 1], [1, 1], "a[0] must be a number, got null"],
    [[1, 1], ["1", 1], 'b[0] must be a number, got "1"'],
    [[1, undefined], [1, 1], "a[1] must be a number, got undefined"],
    [[1n, 1n], [1, 1], "a[0] must be a number, got 1n"],
    [[[1, 0], [1]], [[1, 0]], "a[1] must be a vector of 2 numbers, as a[0] is, got an array of 1"],
    [[[1, "x"]], [[1, 0]], 'a[0][1] must be a number, got "x"'],
    [null, [1], "a must be a Matrix, a vector or an array of vectors, got null"],
    ["ab", "ab", 'a must be a Matrix, a vector or an array of vectors, got "ab"'],
    [[], [], "a must be an array that is not empty, got []"],
    [{ rows: 1, cols: 2, data: Float32Array.of(1) }, [[1, 2]], "a must be a Matrix"],
  ])("of %s and %s is refused", (a, b, message) => {
    expect(() => cosineSimilarity(a as never, b as never)).toThrow(ArgumentError);
    expect(() => cosineSimilarity(a as never, b as never)).toThrow(message);
  });
});

describe("Matrix", () => {
  test("rows are views", () => {
    const matrix = new Matrix(2, 2, Float32Array.of(1, 2, 3, 4));
    matrix.row(1)[0] = 9;
    expect([...matrix.data]).toEqual([1, 2, 9, 4]);
    expect(() => matrix.row(2)).toThrow("the matrix has no row 2\n  hint: its rows are 0 to 1");
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
    expect(() => new Matrix(2, 2, [1, 2, 3, 4] as never)).toThrow(
      "data must be a Float32Array, got an array of 4\n  hint: pass a Float32Array, such as Float32Array.from(rows.flat())",
    );
    expect(() => new Matrix(-1, 2)).toThrow("rows must be an integer ≥ 0, got -1");
    expect(() => new Matrix(2, 1.5)).toThrow("cols must be an integer ≥ 0, got 1.5");
    expect(() => new Matrix(2 ** 30, 2 ** 30)).toThrow("rows × cols must be an integer ≤ 4294967296");
    expect(() => new Matrix([[1, 2]] as never, 2)).toThrow("rows must be an integer ≥ 0, got an array of 1");
    expect(() => new Matrix(2, 2).row(0.5)).toThrow("index must be an integer, got 0.5");
    expect(() => new Matrix(0, 2).row(0)).toThrow("the matrix has no row 0\n  hint: it has no rows");
    expect(() => new Matrix(2, 2).row(-1)).toThrow(OutOfRangeError);
  });
});
