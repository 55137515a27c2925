/** Cosine similarity: the cosine of the angle between two vectors, 1 for the same direction, 0 for a right angle. */
import { ArgumentError } from "../errors.ts";
import { argumentError } from "../runtime/check.ts";
import { Matrix, type MatrixLike } from "./matrix.ts";

type Vector = Float32Array | Float64Array | readonly number[];
type Rows = readonly Vector[];

/**
 * The cosine similarity of every row of `a` with every row of `b`, or of two vectors. A vector of zeros has no direction: its similarity is 0.
 * Numbers may be as small or as large as they come, and no result is beyond −1 and 1. A NaN or an infinity makes it NaN, as in NumPy.
 *
 * @param a (n, d), as a Matrix or as an array of vectors; or a vector of d numbers.
 * @param b (m, d), or a vector of d numbers.
 * @returns (n, m), or one number for two vectors.
 * @throws {ArgumentError} The dimensions differ, a matrix is compared with a vector, or what is given is not made of numbers.
 * @example
 * cosineSimilarity([1, 0], [1, 1]) // 0.7071067811865475
 */
export function cosineSimilarity(a: MatrixLike | Rows, b: MatrixLike | Rows): Matrix;
export function cosineSimilarity(a: Vector, b: Vector): number;
export function cosineSimilarity(a: MatrixLike | Rows | Vector, b: MatrixLike | Rows | Vector): Matrix | number {
  const [x, y] = [toUnits("a", a), a === b ? undefined : toUnits("b", b)];
  const other = y ?? x;
  if (x.isVector !== other.isVector) {
    throw new ArgumentError("a matrix and a vector cannot be compared", {
      hint: "pass two matrices or two vectors: matrix.row(0) is one",
      facts: { a: shapeOf(x), b: shapeOf(other) },
    });
  }
  if (x.cols !== other.cols) {
    throw new ArgumentError(`vectors of ${x.cols} and of ${other.cols} dimensions cannot be compared`, {
      hint: "compare vectors of the same encoder",
      facts: { a: shapeOf(x), b: shapeOf(other) },
    });
  }
  if (x.isVector) return cosine(x.data, 0, other.data, 0, x.cols);
  const result = new Matrix(x.rows, other.rows);
  for (let row = 0; row < x.rows; row++) {
    for (let column = 0; column < other.rows; column++) {
      result.data[row * other.rows + column] = cosine(x.data, row * x.cols, other.data, column * x.cols, x.cols);
    }
  }
  return result;
}

/** Rows of length 1, one after the other. */
interface Units {
  rows: number;
  cols: number;
  data: Float32Array | Float64Array;
  isVector: boolean;
}

const shapeOf = ({ rows, cols, isVector }: Units): number[] => (isVector ? [cols] : [rows, cols]);

function toUnits(argument: string, given: unknown): Units {
  if (isMatrix(given)) {
    const { rows, cols, data } = given;
    return { rows, cols, data: unitRows(data, new Float32Array(data.length), cols), isVector: false };
  }
  if (Array.isArray(given) && given.length === 0) throw argumentError(argument, "an array that is not empty", given);
  const isNested = Array.isArray(given) && typeof given[0] === "object" && given[0] !== null;
  const vectors = (isNested ? given : [given]).map((vector: unknown, index) =>
    toVector(isNested ? `${argument}[${index}]` : argument, vector),
  );
  const cols = vectors[0]!.length;
  const odd = vectors.findIndex((vector) => vector.length !== cols);
  if (odd !== -1) throw argumentError(`${argument}[${odd}]`, `a vector of ${cols} numbers, as ${argument}[0] is`, vectors[odd]);
  const data = new Float64Array(vectors.length * cols);
  for (const [row, vector] of vectors.entries()) data.set(vector, row * cols);
  return { rows: vectors.length, cols, data: unitRows(data, data, cols), isVector: !isNested };
}

function isMatrix(given: unknown): given is MatrixLike {
  if (typeof given !== "object" || given === null) return false;
  const { rows, cols, data } = given as Partial<MatrixLike>;
  return Number.isInteger(rows) && Number.isInteger(cols) && data instanceof Float32Array && data.length === rows! * cols!;
}

function toVector(argument: string, given: unknown): Vector {
  if (given instanceof Float32Array || given instanceof Float64Array) return given;
  if (!Array.isArray(given)) throw argumentError(argument, "a Matrix, a vector or an array of vectors", given);
  const wrong = Array.prototype.findIndex.call(given, (value: unknown) => typeof value !== "number");
  if (wrong !== -1) throw argumentError(`${argument}[${wrong}]`, "a number", given[wrong]);
  return given as number[];
}

/** Each row divided by its length. It is first divided by its largest number: squares of numbers beyond 1e±154 are no longer numbers. */
function unitRows<T extends Float32Array | Float64Array>(data: ArrayLike<number>, units: T, cols: number): T {
  for (let start = 0; start < data.length; start += cols) {
    let largest = 0;
    for (let index = start; index < start + cols; index++) largest = Math.max(largest, Math.abs(data[index]!));
    let squared = 0;
    for (let index = start; index < start + cols; index++) squared += (data[index]! / largest) ** 2;
    const length = Math.sqrt(squared);
    for (let index = start; index < start + cols; index++) units[index] = largest === 0 ? 0 : data[index]! / largest / length;
  }
  return units;
}

/** The dot product of two unit vectors, without what rounding puts beyond −1 and 1. */
function cosine(x: Units["data"], i: number, y: Units["data"], j: number, cols: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]; // four sums, so that the additions do not wait for one another
  const end = i + cols - (cols % 4);
  for (; i < end; i += 4, j += 4) {
    s0 += x[i]! * y[j]!;
    s1 += x[i + 1]! * y[j + 1]!;
    s2 += x[i + 2]! * y[j + 2]!;
    s3 += x[i + 3]! * y[j + 3]!;
  }
  for (const rest = end + (cols % 4); i < rest; i++, j++) s0 += x[i]! * y[j]!;
  return Math.max(-1, Math.min(1, s0 + s1 + s2 + s3));
}
