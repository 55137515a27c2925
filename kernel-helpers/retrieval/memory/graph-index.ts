/**
 * Approximate search by a graph of small worlds (HNSW — Malkov and Yashunin 2018, arXiv:1603.09320), by the library usearch. The graph holds the
 * vectors as bfloat16, half the memory and twice the speed; whoever asks scores what it finds again. Vectors of equal bfloat16 numbers share a
 * node: a thousand copies of one would otherwise link to each other only, and cut the graph apart.
 */
import type { Index } from "usearch";
import { UnavailableError } from "../../errors.ts";
import type { Metric } from "../store.ts";
import type { PreparedQuery, Rows } from "./rows.ts";

export interface GraphOptions {
  /** M of the paper: links of a node on the upper levels, half of those on the lowest. */
  m: number;
  efConstruction: number;
}

export interface Found {
  slots: number[];
  /** Whether all that was found is equally near as far as bfloat16 can tell, so that others may be nearer. */
  isBlurred: boolean;
}

/** What no coordinate exceeds; the largest vector at the time of building has length 1. */
const farthest = 2 ** 40;

export class GraphIndex {
  /** Rows that were added, whether they share a node or not. */
  size = 0;
  readonly #rows: Rows;
  readonly #graph: Index;
  readonly #centre: Float64Array;
  readonly #scale: number;
  /** The slot whose key a node has, by a hash of its numbers. */
  readonly #nodeOf = new Map<number, number>();
  /** The other slots of a node. */
  readonly #twins = new Map<number, number[]>();

  private constructor(rows: Rows, graph: Index, centre: Float64Array, scale: number) {
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
    const centre = rows.metric === "euclidean" ? mean(rows) : new Float64Array(rows.dimension);
    return new GraphIndex(rows, graph, centre, scaleOf(rows, centre));
  }

  get nodes(): number {
    return this.#graph.size();
  }

  add(slot: number): void {
    const numbers = this.#encodeRow(slot);
    const hash = hashOf(numbers);
    const node = this.#nodeOf.get(hash);
    this.size += 1;
    if (node !== undefined && areEqual(numbers, this.#encodeRow(node))) {
      const twins = this.#twins.get(node);
      if (twins) twins.push(slot);
      else this.#twins.set(node, [slot]);
      return;
    }
    if (node === undefined) this.#nodeOf.set(hash, slot); // else another vector of the same hash, which gets a node but no twins
    this.#graph.add(BigUint64Array.of(BigInt(slot)), numbers, 1);
  }

  /** The rows of the nearest `count` nodes. */
  search(query: PreparedQuery, count: number): Found {
    const { metric } = this.#rows;
    const queryScale = metric === "euclidean" ? this.#scale : metric === "cosine" ? 1 / query.norm : powerBelow(query.norm);
    const { keys, distances } = this.#graph.search(this.#encode(query.vector, queryScale), count, 1);
    const slots: number[] = [];
    const nearness = Array.from(distances, (distance) => (metric === "euclidean" ? -distance : 1 - distance));
    let error = 0;
    for (const [rank, key] of keys.entries()) {
      const node = Number(key);
      slots.push(node);
      for (const twin of this.#twins.get(node) ?? []) slots.push(twin);
      const score = this.#rows.score(node, query);
      const exact = metric === "euclidean" ? -((score * this.#scale) ** 2) : metric === "dot" ? score * queryScale * this.#scale : score;
      error = Math.max(error, Math.abs(exact - nearness[rank]!));
    }
    const spread = nearness[keys.length >> 1]! - nearness.at(-1)!;
    return { slots, isBlurred: keys.length < this.nodes && spread < 2 * error };
  }

  #encodeRow(slot: number): Float32Array {
    return this.#encode(this.#rows.row(slot), this.#rows.metric === "cosine" ? 1 / this.#rows.norm(slot) : this.#scale);
  }

  /** The vector as the graph has it: moved, scaled, and rounded to bfloat16. */
  #encode(vector: Float32Array, scale: number): Float32Array {
    const encoded = new Float32Array(vector.length);
    for (let index = 0; index < vector.length; index++) {
      encoded[index] = Math.max(-farthest, Math.min(farthest, (vector[index]! - this.#centre[index]!) * scale)) + 0; // no -0
    }
    const bits = new Uint32Array(encoded.buffer);
    for (let index = 0; index < bits.length; index++) {
      const value = bits[index]!;
      bits[index] = (value + 0x7fff + ((value >>> 16) & 1)) & 0xffff0000; // to the nearest, ties to even
    }
    return encoded;
  }
}

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

function mean(rows: Rows): Float64Array {
  const sum = new Float64Array(rows.dimension);
  for (let slot = 0; slot < rows.length; slot++) for (const [index, value] of rows.row(slot).entries()) sum[index]! += value / rows.length;
  return sum;
}

/** What makes the longest vector, from the centre, about 1 long. */
function scaleOf(rows: Rows, centre: Float64Array): number {
  if (rows.metric === "cosine") return 1;
  let longest = 0;
  for (let slot = 0; slot < rows.length; slot++) {
    let square = 0;
    for (const [index, value] of rows.row(slot).entries()) square += (value - centre[index]!) ** 2;
    longest = Math.max(longest, Math.sqrt(square));
  }
  return powerBelow(longest);
}

/** A power of two that makes the length at most 1: multiplying by it rounds nothing. */
const powerBelow = (length: number): number => (length === 0 ? 1 : 2 ** -Math.ceil(Math.log2(length)));

/** FNV-1a over the halves of the words that bfloat16 leaves. */
function hashOf(numbers: Float32Array): number {
  let hash = 0x811c9dc5;
  for (const bits of new Uint32Array(numbers.buffer)) hash = Math.imul(hash ^ (bits >>> 16), 0x01000193);
  return hash;
}

const areEqual = (one: Float32Array, other: Float32Array): boolean => one.every((value, index) => value === other[index]);
