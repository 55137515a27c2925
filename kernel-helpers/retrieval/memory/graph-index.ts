/**
 * Approximate search by a graph of small worlds (HNSW — Malkov and Yashunin 2018, arXiv:1603.09320), by the library usearch. The graph holds vectors
 * as bfloat16, half the memory and twice the speed; what it finds is scored again in double precision. Vectors that nearly coincide share a node: a
 * thousand of them would otherwise link to each other only, and cut the graph apart.
 */
import type { Index } from "usearch";
import { UnavailableError } from "../../errors.ts";
import type { PreparedQuery, Rows } from "./rows.ts";

export interface GraphOptions {
  /** M of the paper: links of a node on the upper levels, half of those on the lowest. */
  m: number;
  efConstruction: number;
}

/** Vectors share a node when they are at most this share of their length apart: ten times what bfloat16 rounds by. */
const twinDistance = 0.02;

/** Nodes among which a vector's own is looked for. */
const twinEffort = 16;

/** What no coordinate exceeds, where the longest vector at the time of building has a length of about 1. */
const farthest = 2 ** 40;

export class GraphIndex {
  /** Rows that were added, whether they share a node or not. */
  size = 0;
  readonly #rows: Rows;
  readonly #graph: Index;
  /** What is subtracted, for distances. */
  readonly #centre: Float64Array | undefined;
  readonly #scale: number;
  /** The other rows of a node, by the slot that is its key. */
  readonly #twins = new Map<number, number[]>();

  private constructor(rows: Rows, graph: Index, centre: Float64Array | undefined, scale: number) {
    this.#rows = rows;
    this.#graph = graph;
    this.#centre = centre;
    this.#scale = scale;
  }

  /** An empty index, made for vectors like those in `rows`. */
  static async create(rows: Rows, { m, efConstruction }: GraphOptions): Promise<GraphIndex> {
    const { Index, MetricKind, ScalarKind } = await usearch();
    const graph = new Index({
      dimensions: rows.dimension,
      metric: rows.metric === "euclidean" ? MetricKind.L2sq : MetricKind.IP,
      quantization: ScalarKind.BF16,
      connectivity: m,
      expansion_add: Math.max(efConstruction, m),
      expansion_search: 1, // a search's effort is how many nodes it asks for
      multi: false,
    });
    const centre = rows.metric === "euclidean" ? centreOf(rows) : undefined;
    return new GraphIndex(rows, graph, centre, scaleOf(rows, centre));
  }

  add(slot: number): void {
    const numbers = this.#encodeRow(slot);
    this.size += 1;
    const [nearest] = this.#graph.search(numbers, twinEffort, 1).keys;
    const node = Number(nearest);
    if (nearest === undefined || !areTwins(numbers, this.#encodeRow(node))) {
      this.#graph.add(BigUint64Array.of(BigInt(slot)), numbers, 1);
      return;
    }
    const twins = this.#twins.get(node);
    if (twins) twins.push(slot);
    else this.#twins.set(node, [slot]);
  }

  /** The slots of the nearest `count` nodes. */
  search(query: PreparedQuery, count: number): number[] {
    const { keys } = this.#graph.search(this.#encodeQuery(query), count, 1);
    const slots: number[] = [];
    for (const key of keys) {
      const node = Number(key);
      slots.push(node);
      for (const twin of this.#twins.get(node) ?? []) slots.push(twin);
    }
    return slots;
  }

  #encodeRow(slot: number): Float32Array {
    const row = this.#rows.row(slot);
    return this.#rows.metric === "cosine" ? balanced(this.#encode(row, 1 / this.#rows.norms[slot]!)) : this.#encode(row, this.#scale);
  }

  /** How long a query is does not matter to cosines and dot products, as long as they stay finite. */
  #encodeQuery({ vector, norm }: PreparedQuery): Float32Array {
    if (this.#rows.metric === "euclidean") return this.#encode(vector, this.#scale);
    return norm > 1 / farthest && norm < farthest ? vector : this.#encode(vector, powerBelow(norm));
  }

  /** The vector as the graph has it: moved, scaled, and rounded to bfloat16. */
  #encode(vector: Float32Array, scale: number): Float32Array {
    const encoded = new Float32Array(vector.length);
    const centre = this.#centre;
    for (let index = 0; index < encoded.length; index++) encoded[index] = (vector[index]! - (centre ? centre[index]! : 0)) * scale + 0; // no -0
    const bits = new Uint32Array(encoded.buffer);
    for (let index = 0; index < bits.length; index++) {
      const value = bits[index]!;
      bits[index] = (value + 0x7fff + ((value >>> 16) & 1)) & 0xffff0000; // to the nearest, ties to even
    }
    if (this.#rows.metric !== "cosine") for (let index = 0; index < bits.length; index++) encoded[index] = clamp(encoded[index]!);
    return encoded;
  }
}

/** Keeps squares and their sums finite. */
const clamp = (value: number): number => (value > farthest ? farthest : value < -farthest ? -farthest : value);

async function usearch(): Promise<typeof import("usearch")> {
  try {
    return await import("usearch");
  } catch (error) {
    throw new UnavailableError(`usearch, which the index is built with, does not load on ${process.platform} ${process.arch}`, {
      hint: 'search without an index, which is exact, or use openStore({ kind: "lancedb", … })',
      cause: error,
    });
  }
}

/** Every so-manieth row, a thousand in all: enough to know where the vectors lie and how long they are. */
function* sample(rows: Rows): Generator<Float32Array> {
  for (let slot = 0, step = Math.ceil(rows.length / 1000); slot < rows.length; slot += step) yield rows.row(slot);
}

function centreOf(rows: Rows): Float64Array {
  const sum = new Float64Array(rows.dimension);
  let count = 0;
  for (const row of sample(rows)) {
    for (let index = 0; index < sum.length; index++) sum[index]! += row[index]!;
    count += 1;
  }
  return count === 0 ? sum : sum.map((value) => value / count);
}

/** What makes the longest vector, from the centre, about 1 long. */
function scaleOf(rows: Rows, centre: Float64Array | undefined): number {
  let longest = 0;
  for (const row of sample(rows)) {
    let square = 0;
    for (let index = 0; index < row.length; index++) square += (row[index]! - (centre?.[index] ?? 0)) ** 2;
    longest = Math.max(longest, Math.sqrt(square));
  }
  return powerBelow(longest);
}

/** A power of two that makes the length at most 1: multiplying by it rounds nothing. */
const powerBelow = (length: number): number => (length === 0 ? 1 : 2 ** -Math.ceil(Math.log2(length)));

/**
 * A unit vector whose length bfloat16 has changed, made of length 1 again by moving a few numbers one step. Dot products of near vectors would
 * otherwise tell their lengths rather than their angles, and a search would get lost among them.
 */
function balanced(numbers: Float32Array): Float32Array {
  const bits = new Uint32Array(numbers.buffer);
  let lacking = 1;
  for (const value of numbers) lacking -= value * value;
  for (let index = 0; index < numbers.length; index++) {
    const value = numbers[index]!;
    if (value === 0) continue;
    const before = bits[index]!;
    bits[index] = before + (lacking > 0 ? 0x10000 : -0x10000);
    const gained = numbers[index]! ** 2 - value * value;
    if (Math.abs(lacking - gained) < Math.abs(lacking)) lacking -= gained;
    else bits[index] = before;
  }
  return numbers;
}

function areTwins(one: Float32Array, other: Float32Array): boolean {
  let apart = 0;
  let length = 0;
  for (let index = 0; index < one.length; index++) {
    apart += (one[index]! - other[index]!) ** 2;
    length += one[index]! ** 2;
  }
  return apart <= twinDistance ** 2 * length;
}
