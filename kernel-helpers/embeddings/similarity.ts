/** Cosine similarity: the cosine of the angle between two vectors, 1 for the same direction, 0 for a right angle. */
import { ArgumentError } from "../errors.ts";
import { Matrix, type MatrixLike } from "./matrix.ts";

type Vector = Float32Array | readonly number[];

/**
 * Of every row of `a` with every row of `b`, or of two vectors. A vector of zeros has no direction: its similarity is 0.
 *
 * @param a (n, d), or a vector of d numbers.
 * @param b (m, d), or a vector of d numbers.
 * @returns (n, m), or one number for two vectors.
 * @throws {ArgumentError} when the dimensions differ.
 * @example
 * cosineSimilarity([1, 0], [1, 1]) // 0.7071067811865475
 */
export function cosineSimilarity(a: MatrixLike, b: MatrixLike): Matrix;
export function cosineSimilarity(a: Vector, b: Vector): number;
export function cosineSimilarity(a: MatrixLike | Vector, b: MatrixLike | Vector): Matrix | number {
  if ("rows" in a && "rows" in b) return ofRows(a, b);
  if ("rows" in a || "rows" in b) {
    throw new ArgumentError("the similarity of a matrix and a vector", { hint: "give two matrices or two vectors: matrix.row(0) is one" });
  }
  sameDimension(a.length, b.length);
  let [dot, squaredA, squaredB] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    dot += a[index]! * b[index]!;
    squaredA += a[index]! ** 2;
    squaredB += b[index]! ** 2;
  }
  return dot === 0 ? 0 : dot / (Math.sqrt(squaredA) * Math.sqrt(squaredB));
}

function ofRows(a: MatrixLike, b: MatrixLike): Matrix {
  sameDimension(a.cols, b.cols);
  const { cols } = a;
  const [x, y] = [unitRows(a), a === b ? undefined : unitRows(b)];
  const other = y ?? x;
  const result = new Matrix(a.rows, b.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < b.rows; column++) {
      // Four sums, so that the additions do not wait for one another.
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      let [i, j] = [row * cols, column * cols];
      const end = i + cols - (cols % 4);
      for (; i < end; i += 4, j += 4) {
        s0 += x[i]! * other[j]!;
        s1 += x[i + 1]! * other[j + 1]!;
        s2 += x[i + 2]! * other[j + 2]!;
        s3 += x[i + 3]! * other[j + 3]!;
      }
      for (; i < (row + 1) * cols; i++, j++) s0 += x[i]! * other[j]!;
      result.data[row * b.rows + column] = s0 + s1 + s2 + s3;
    }
  }
  return result;
}

function unitRows({ rows, cols, data }: MatrixLike): Float32Array {
  const units = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    let squared = 0;
    for (let index = row * cols; index < (row + 1) * cols; index++) squared += data[index]! ** 2;
    const scale = squared === 0 ? 0 : 1 / Math.sqrt(squared);
    for (let index = row * cols; index < (row + 1) * cols; index++) units[index] = data[index]! * scale;
  }
  return units;
}

function sameDimension(one: number, other: number): void {
  if (one === other) return;
  throw new ArgumentError(`vectors of ${one} and of ${other} dimensions cannot be compared`, {
    hint: "compare vectors of the same encoder",
  });
}
