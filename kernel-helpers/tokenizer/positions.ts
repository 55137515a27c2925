/** Where pairs occur in the corpus: lists of positions, one after the other in one growing array. */
import type { PairTable } from "./pair-table.ts";

export class Positions {
  data: Int32Array = new Int32Array(1 << 16);
  length = 0;

  /** Returns the start of `count` new positions. */
  reserve(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.data.length) {
      const longer = new Int32Array(Math.max(this.length, Math.ceil(1.5 * this.data.length)));
      longer.set(this.data);
      this.data = longer;
    }
    return start;
  }
}

/** The neighbours that one merge met on one side of the merged symbol: which, how often, where. */
export class Neighbours {
  /** Ids met, each once. */
  readonly ids: number[] = [];
  /** Id → how often in the corpus, repeated words counted. */
  readonly weights: Float64Array;
  /** Id → at how many positions. */
  readonly #positionCounts: Int32Array;
  /** The meetings in order: id and position in turn. */
  #met: Int32Array = new Int32Array(1 << 12);
  #length = 0;
  /** Id → where the next position in its list goes. */
  readonly #cursors: Int32Array;

  constructor(vocabSize: number) {
    this.weights = new Float64Array(vocabSize);
    this.#positionCounts = new Int32Array(vocabSize);
    this.#cursors = new Int32Array(vocabSize);
  }

  meet(id: number, weight: number, position: number): void {
    if (this.#positionCounts[id]!++ === 0) this.ids.push(id);
    this.weights[id]! += weight;
    if (this.#length === this.#met.length) {
      const longer = new Int32Array(2 * this.#length);
      longer.set(this.#met);
      this.#met = longer;
    }
    this.#met[this.#length++] = id;
    this.#met[this.#length++] = position;
  }

  /** Makes the lists of the ids that are wanted; `take` gets each with its part of `positions`, in ascending order. */
  list(positions: Positions, isWanted: (id: number) => boolean, take: (id: number, start: number, end: number) => void): void {
    const cursors = this.#cursors;
    for (const id of this.ids) cursors[id] = isWanted(id) ? positions.reserve(this.#positionCounts[id]!) : -1;
    for (let at = 0; at < this.#length; at += 2) {
      const id = this.#met[at]!;
      if (cursors[id]! >= 0) positions.data[cursors[id]!++] = this.#met[at + 1]!;
    }
    for (const id of this.ids) if (cursors[id]! >= 0) take(id, cursors[id]! - this.#positionCounts[id]!, cursors[id]!);
  }

  clear(): void {
    for (const id of this.ids) {
      this.weights[id] = 0;
      this.#positionCounts[id] = 0;
    }
    this.ids.length = 0;
    this.#length = 0;
  }
}

/** Counts the pairs of a fresh corpus and lists their positions; pair numbers are those of `pairs`. */
export function listAll(
  symbols: Int32Array,
  weights: Int32Array,
  pairs: PairTable,
  positions: Positions,
  take: (pair: number, start: number, end: number) => void,
): void {
  const numbers = new Int32Array(symbols.length).fill(-1);
  const positionCounts: number[] = [];
  for (let position = 0; position + 1 < symbols.length; position++) {
    if (symbols[position]! < 0 || symbols[position + 1]! < 0) continue;
    const pair = pairs.pair(symbols[position]!, symbols[position + 1]!);
    numbers[position] = pair;
    pairs.counts[pair]! += weights[position]!;
    positionCounts[pair] = (positionCounts[pair] ?? 0) + 1;
  }
  const cursors = positionCounts.map((count) => positions.reserve(count));
  for (let position = 0; position < numbers.length; position++) {
    if (numbers[position]! >= 0) positions.data[cursors[numbers[position]!]!++] = position;
  }
  for (const [pair, count] of positionCounts.entries()) take(pair, cursors[pair]! - count, cursors[pair]!);
}
