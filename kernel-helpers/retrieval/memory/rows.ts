/** The vectors of a store as rows of a few large matrices, and the score of any of them in double precision. */
import { UnavailableError } from "../../errors.ts";
import type { Metric } from "../store.ts";

/** Numbers in one matrix: 32 MiB of them, so that a growing store copies little. */
const blockNumbers = 2 ** 23;

/** A query, with what is computed from it once. */
export interface PreparedQuery {
  vector: Float32Array;
  /** The same as double precision, which is not converted again for every row. */
  wide: Float64Array;
  norm: number;
}

export class Rows {
  readonly dimension: number;
  readonly metric: Metric;
  /** Rows of a whole matrix. */
  readonly blockRows: number;
  length = 0;
  readonly #blocks: Float32Array[] = [];
  /** The length of each row, by slot. */
  norms: Float64Array = new Float64Array(1024);

  constructor(dimension: number, metric: Metric) {
    this.dimension = dimension;
    this.metric = metric;
    this.blockRows = Math.max(1, Math.floor(blockNumbers / dimension));
  }

  /** Copies the vector in and returns its slot: slots count from 0 and stay. */
  append(vector: Float32Array): number {
    const slot = this.length;
    const at = slot % this.blockRows;
    const block = this.#roomFor(Math.floor(slot / this.blockRows), at);
    block.set(vector, at * this.dimension);
    if (slot === this.norms.length) {
      const larger = new Float64Array(2 * slot);
      larger.set(this.norms);
      this.norms = larger;
    }
    this.norms[slot] = norm(vector);
    this.length += 1;
    return slot;
  }

  /** A view of the row; copy it before it is given away. */
  row(slot: number): Float32Array {
    const start = (slot % this.blockRows) * this.dimension;
    return this.#blocks[Math.floor(slot / this.blockRows)]!.subarray(start, start + this.dimension);
  }

  /** The rows of one matrix, row-major. */
  block(index: number): Float32Array {
    const rows = Math.min(this.blockRows, this.length - index * this.blockRows);
    return this.#blocks[index]!.subarray(0, rows * this.dimension);
  }

  prepare(vector: Float32Array): PreparedQuery {
    const wide = new Float64Array(vector);
    return { vector, wide, norm: norm(vector, wide) };
  }

  /** The cosine, the dot product or minus the distance, in double precision: no vector of float32 overflows or vanishes. */
  score(slot: number, { wide, norm: queryNorm }: PreparedQuery): number {
    const block = this.#blocks[Math.floor(slot / this.blockRows)]!;
    const start = (slot % this.blockRows) * this.dimension;
    if (this.metric === "euclidean") return -distance(wide, block, start);
    const product = dot(wide, block, start);
    if (this.metric === "dot") return product;
    return Math.max(-1, Math.min(1, product / (queryNorm * this.norms[slot]!)));
  }

  /** The matrix, with room for a row: the first grows, for most stores are small. */
  #roomFor(index: number, at: number): Float32Array {
    const block = this.#blocks[index];
    if (block && at * this.dimension < block.length) return block;
    const rows = index > 0 ? this.blockRows : Math.min(this.blockRows, Math.max(256, 2 * at));
    try {
      const larger = new Float32Array(rows * this.dimension);
      if (block) larger.set(block);
      this.#blocks[index] = larger;
      return larger;
    } catch (error) {
      throw new UnavailableError(`no memory for more than ${this.length} vectors of ${this.dimension} numbers`, {
        hint: 'use openStore({ kind: "lancedb", … }), which keeps them on disk',
        cause: error,
        facts: { vectors: this.length, dimension: this.dimension },
      });
    }
  }
}

/** The product with the row that begins at `start`. Four sums at a time, which the processor overlaps. */
function dot(one: Float64Array, rows: Float32Array, start: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = one.length - (one.length % 4);
  for (let index = 0, at = start; index < whole; index += 4, at += 4) {
    a += one[index]! * rows[at]!;
    b += one[index + 1]! * rows[at + 1]!;
    c += one[index + 2]! * rows[at + 2]!;
    d += one[index + 3]! * rows[at + 3]!;
  }
  for (let index = whole; index < one.length; index++) a += one[index]! * rows[start + index]!;
  return a + b + (c + d);
}

/** The same sums, so that a vector's cosine with itself is 1. */
const norm = (vector: Float32Array, wide = new Float64Array(vector)): number => Math.sqrt(dot(wide, vector, 0));

function distance(one: Float64Array, rows: Float32Array, start: number): number {
  let [a, b] = [0, 0];
  const whole = one.length - (one.length % 2);
  for (let index = 0, at = start; index < whole; index += 2, at += 2) {
    a += (one[index]! - rows[at]!) ** 2;
    b += (one[index + 1]! - rows[at + 1]!) ** 2;
  }
  if (whole < one.length) a += (one[whole]! - rows[start + whole]!) ** 2;
  return Math.sqrt(a + b);
}
