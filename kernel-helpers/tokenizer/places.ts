/** Where pairs stand in the corpus: lists of places, one behind the other in one growing array. */
import type { PairTable } from "./pair-table.ts";

export class Places {
  data: Int32Array = new Int32Array(1 << 16);
  length = 0;

  /** Start of `count` new places. */
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

/** The neighbours that one merge met on one side of the merged symbol: who, how often, where. */
export class Neighbours {
  /** Ids met, each once. */
  readonly ids: number[] = [];
  /** Id → how often in the corpus, repeated words counted. */
  readonly weights: Float64Array;
  /** Id → at how many places. */
  readonly #placeCounts: Int32Array;
  /** The meetings in order: id and place in turn. */
  #met: Int32Array = new Int32Array(1 << 12);
  #length = 0;
  /** Id → where its list goes on being filled. */
  readonly #cursors: Int32Array;

  constructor(vocabSize: number) {
    this.weights = new Float64Array(vocabSize);
    this.#placeCounts = new Int32Array(vocabSize);
    this.#cursors = new Int32Array(vocabSize);
  }

  meet(id: number, weight: number, place: number): void {
    if (this.#placeCounts[id]!++ === 0) this.ids.push(id);
    this.weights[id]! += weight;
    if (this.#length === this.#met.length) {
      const longer = new Int32Array(2 * this.#length);
      longer.set(this.#met);
      this.#met = longer;
    }
    this.#met[this.#length++] = id;
    this.#met[this.#length++] = place;
  }

  /** Makes the lists of the ids that are wanted; `take` gets each with its part of `places`, in ascending order. */
  list(places: Places, isWanted: (id: number) => boolean, take: (id: number, start: number, end: number) => void): void {
    const cursors = this.#cursors;
    for (const id of this.ids) cursors[id] = isWanted(id) ? places.reserve(this.#placeCounts[id]!) : -1;
    for (let at = 0; at < this.#length; at += 2) {
      const id = this.#met[at]!;
      if (cursors[id]! >= 0) places.data[cursors[id]!++] = this.#met[at + 1]!;
    }
    for (const id of this.ids) if (cursors[id]! >= 0) take(id, cursors[id]! - this.#placeCounts[id]!, cursors[id]!);
  }

  clear(): void {
    for (const id of this.ids) {
      this.weights[id] = 0;
      this.#placeCounts[id] = 0;
    }
    this.ids.length = 0;
    this.#length = 0;
  }
}

/** Counts the pairs of a fresh corpus and lists their places; pair numbers are those of `pairs`. */
export function listAll(
  symbols: Int32Array,
  weights: Int32Array,
  pairs: PairTable,
  places: Places,
  take: (pair: number, start: number, end: number) => void,
): void {
  const numbers = new Int32Array(symbols.length).fill(-1);
  const placeCounts: number[] = [];
  for (let place = 0; place + 1 < symbols.length; place++) {
    if (symbols[place]! < 0 || symbols[place + 1]! < 0) continue;
    const pair = pairs.pair(symbols[place]!, symbols[place + 1]!);
    numbers[place] = pair;
    pairs.counts[pair]! += weights[place]!;
    placeCounts[pair] = (placeCounts[pair] ?? 0) + 1;
  }
  const cursors = placeCounts.map((count) => places.reserve(count));
  for (let place = 0; place < numbers.length; place++) {
    if (numbers[place]! >= 0) places.data[cursors[numbers[place]!]!++] = place;
  }
  for (const [pair, count] of placeCounts.entries()) take(pair, cursors[pair]! - count, cursors[pair]!);
}
