/**
 * Vectors of one dimension in a growing block of memory, and their similarity to a query or to each other. Similarities are made to be
 * compared: the dot product, of normalised rows for the cosine, and minus the squared distance for the Euclidean metric.
 */
import { UnavailableError } from "../../errors.ts";
import type { Metric } from "../store.ts";
import type { Neighbour } from "./heap.ts";
import { createDotKernel, pageBytes, type DotFunctions, type WasmMemory } from "./dot-kernel.ts";

/** Rows handled by one call into the kernel: their similarities stay in the processor's cache. */
export const blockRows = 4096;

function norm(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

export class Rows {
  readonly dimension: number;
  readonly metric: Metric;
  length = 0;
  /** What gather reads, and what scan and gather write. Fetch them anew after append: growing memory moves them. */
  slots: Int32Array;
  similarities: Float32Array;
  readonly #memory: WasmMemory;
  readonly #functions: DotFunctions;
  readonly #rowBytes: number;
  readonly #slotsAt: number;
  readonly #similaritiesAt: number;
  readonly #rowsAt: number;
  #norms: Float64Array = new Float64Array(1024);
  #queryNorm = 0;

  constructor(dimension: number, metric: Metric) {
    this.dimension = dimension;
    this.metric = metric;
    ({ memory: this.#memory, functions: this.#functions } = createDotKernel());
    this.#rowBytes = Math.ceil(dimension / 16) * 64; // whole rounds of the kernel; what is padded stays 0
    this.#slotsAt = this.#rowBytes; // the query's row comes first
    this.#similaritiesAt = this.#slotsAt + 4 * blockRows;
    this.#rowsAt = this.#similaritiesAt + 4 * blockRows;
    this.slots = new Int32Array(0);
    this.similarities = new Float32Array(0);
    this.#reserve(this.#rowsAt);
    this.#look();
  }

  append(vector: Float32Array): number {
    const slot = this.length;
    this.#reserve(this.#rowsAt + (slot + 1) * this.#rowBytes);
    if (slot === this.#norms.length) {
      const larger = new Float64Array(2 * slot);
      larger.set(this.#norms);
      this.#norms = larger;
    }
    this.#norms[slot] = this.#write(vector, this.#rowsAt + slot * this.#rowBytes);
    this.length += 1;
    return slot;
  }

  /** A copy of the vector as it was appended; for the cosine within float32 rounding, since its row is normalised. */
  vector(slot: number): Float32Array {
    const row = new Float32Array(this.#memory.buffer, this.#rowsAt + slot * this.#rowBytes, this.dimension).slice();
    const scale = this.#norms[slot]!;
    return this.metric === "cosine" && scale !== 1 ? row.map((value) => value * scale) : row;
  }

  setQuery(vector: Float32Array): void {
    this.#queryNorm = this.#write(vector, 0);
  }

  /** Similarities of the query to the rows first … first + count. */
  scan(first: number, count: number): void {
    this.#functions.scan(0, this.#rowsAt, first, count, this.#similaritiesAt, this.#rowBytes);
    if (this.metric === "euclidean") for (let index = 0; index < count; index++) this.#toDistance(index, first + index, this.#queryNorm);
  }

  /** Similarities of the query to the first `count` of `slots`. */
  gather(count: number): void {
    this.#gatherFrom(0, count, this.#queryNorm);
  }

  /** Similarities of a row to the first `count` of `slots`. */
  gatherFromRow(slot: number, count: number): void {
    this.#gatherFrom(this.#rowsAt + slot * this.#rowBytes, count, this.#norms[slot]!);
  }

  /** The score that readers see. Distances are computed again, since 2 q·r − ‖q‖² − ‖r‖² loses the digits of small ones. */
  score({ slot, similarity }: Neighbour): number {
    if (this.metric !== "euclidean") return similarity;
    const query = new Float32Array(this.#memory.buffer, 0, this.dimension);
    const row = new Float32Array(this.#memory.buffer, this.#rowsAt + slot * this.#rowBytes, this.dimension);
    let sum = 0;
    for (let index = 0; index < row.length; index++) sum += (query[index]! - row[index]!) ** 2;
    return -Math.sqrt(sum);
  }

  #gatherFrom(query: number, count: number, queryNorm: number): void {
    this.#functions.gather(query, this.#rowsAt, this.#slotsAt, count, this.#similaritiesAt, this.#rowBytes);
    if (this.metric === "euclidean") for (let index = 0; index < count; index++) this.#toDistance(index, this.slots[index]!, queryNorm);
  }

  /** −‖q − r‖² = 2 q·r − ‖q‖² − ‖r‖². */
  #toDistance(index: number, slot: number, queryNorm: number): void {
    const rowNorm = this.#norms[slot]!;
    this.similarities[index] = 2 * this.similarities[index]! - queryNorm * queryNorm - rowNorm * rowNorm;
  }

  /** Writes a row, normalised for the cosine, and gives its length; a length within rounding of 1 counts as 1. */
  #write(vector: Float32Array, at: number): number {
    const length = norm(vector);
    const row = new Float32Array(this.#memory.buffer, at, this.dimension);
    row.set(vector);
    if (this.metric !== "cosine") return length;
    if (Math.abs(length - 1) < 1e-6) return 1;
    for (let index = 0; index < row.length; index++) row[index]! /= length;
    return length;
  }

  #reserve(bytes: number): void {
    const held = this.#memory.buffer.byteLength;
    if (bytes <= held) return;
    const pages = Math.min(Math.ceil(Math.max(bytes, 1.5 * held) / pageBytes), pageBytes) - held / pageBytes;
    if (bytes >= pageBytes * pageBytes) {
      throw new UnavailableError(`${this.length} vectors of ${this.dimension} fill the 4 GiB that the store in memory can use`, {
        hint: 'use openStore({ kind: "lancedb", … })',
      });
    }
    this.#memory.grow(pages);
    this.#look();
  }

  /** Growing detaches the views. */
  #look(): void {
    this.slots = new Int32Array(this.#memory.buffer, this.#slotsAt, blockRows);
    this.similarities = new Float32Array(this.#memory.buffer, this.#similaritiesAt, blockRows);
  }
}
