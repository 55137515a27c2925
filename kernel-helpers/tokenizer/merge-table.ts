/**
 * Merging neighbours: of all that may merge, the pair of lowest rank first, the leftmost of them first, until none may. Short pieces by scanning,
 * which is fastest there; long ones with a heap, so that a megabyte of one letter takes no hours.
 */

export const noRank = 0x7fffffff;

/** Symbols in a piece; beyond, the scan's square outgrows the heap's logarithm. */
export const scanLimit = 96;

/** Pairs of ids that merge: columns of one table. */
export interface Merges {
  left: Int32Array;
  right: Int32Array;
  /** How early each merges; several pairs may have one rank, where they make the same token. @default the pair's place */
  ranks?: Int32Array;
  /** By rank: the token that they make. */
  merged: Int32Array;
}

export class MergeTable {
  readonly #merged: Int32Array;
  /** Left id, right id and rank + 1, by open addressing. */
  readonly #pairs: Int32Array;
  readonly #shift: number;

  constructor({ left, right, ranks, merged }: Merges) {
    this.#merged = merged;
    const bits = Math.max(4, 32 - Math.clz32(left.length * 2));
    this.#shift = 32 - bits;
    this.#pairs = new Int32Array(4 << bits);
    for (let at = 0; at < left.length; at++) this.#store(left[at]!, right[at]!, ranks ? ranks[at]! : at);
  }

  #slot(left: number, right: number): number {
    return (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> this.#shift;
  }

  #store(left: number, right: number, rank: number): void {
    const pairs = this.#pairs;
    let slot = 4 * this.#slot(left, right);
    while (pairs[slot + 2] !== 0 && !(pairs[slot] === left && pairs[slot + 1] === right)) slot = (slot + 4) % pairs.length;
    pairs[slot] = left;
    pairs[slot + 1] = right;
    pairs[slot + 2] = rank + 1; // a pair listed twice has its last rank, as in Hugging Face tokenizers
  }

  /** `noRank` where the two do not merge. */
  rankOf(left: number, right: number): number {
    const pairs = this.#pairs;
    const mask = pairs.length - 1;
    for (let slot = 4 * this.#slot(left, right); ; slot = (slot + 4) & mask) {
      const stored = pairs[slot + 2]!;
      if (stored === 0) return noRank;
      if (pairs[slot] === left && pairs[slot + 1] === right) return stored - 1;
    }
  }

  /**
   * Merges symbols whose ranks are known.
   *
   * @param ids Of `length` symbols, at most scanLimit. Changed.
   * @param ranks Of each symbol with the next one. Changed.
   * @returns How many ids are written into `out` from `at`.
   */
  mergeRanked(ids: Int32Array, ranks: Int32Array, length: number, out: Uint32Array, at: number): number {
    for (;;) {
      let best = noRank;
      let where = 0;
      for (let i = 0; i + 1 < length; i++) {
        if (ranks[i]! < best) {
          best = ranks[i]!;
          where = i;
        }
      }
      if (best === noRank) break;
      ids[where] = this.#merged[best]!;
      length--;
      for (let i = where + 1; i < length; i++) {
        ids[i] = ids[i + 1]!;
        ranks[i] = ranks[i + 1]!;
      }
      if (where > 0) ranks[where - 1] = this.rankOf(ids[where - 1]!, ids[where]!);
      if (where + 1 < length) ranks[where] = this.rankOf(ids[where]!, ids[where + 1]!);
    }
    for (let i = 0; i < length; i++) out[at + i] = ids[i]!;
    return length;
  }

  /** Merges any number of symbols. */
  merge(ids: Int32Array, length: number, out: Uint32Array, at: number): number {
    const previous = new Int32Array(length);
    const next = new Int32Array(length);
    const heap = new CandidateHeap(length);
    for (let i = 0; i < length; i++) {
      previous[i] = i - 1;
      next[i] = i + 1;
    }
    const offer = (where: number): void => {
      const after = next[where]!;
      const rank = after < length ? this.rankOf(ids[where]!, ids[after]!) : noRank;
      if (rank !== noRank) heap.push(rank, where);
    };
    for (let i = 0; i + 1 < length; i++) offer(i);
    while (heap.pop()) {
      const where = heap.position;
      const after = next[where]!;
      // What was offered may have been merged away since; ids are then -1, or make a pair of another rank.
      if (ids[where] === -1 || after >= length || this.rankOf(ids[where]!, ids[after]!) !== heap.rank) continue;
      ids[where] = this.#merged[heap.rank]!;
      ids[after] = -1;
      next[where] = next[after]!;
      if (next[where]! < length) previous[next[where]!] = where;
      if (previous[where]! >= 0) offer(previous[where]!);
      offer(where);
    }
    let count = 0;
    for (let i = 0; i < length; i = next[i]!) out[at + count++] = ids[i]!;
    return count;
  }
}

/** Candidates for merging, lowest rank first, then leftmost. One double holds both: rank · 2³² + position. */
class CandidateHeap {
  rank = 0;
  position = 0;
  #keys: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
  }

  push(rank: number, position: number): void {
    if (this.#size === this.#keys.length) {
      const longer = new Float64Array(2 * this.#size);
      longer.set(this.#keys);
      this.#keys = longer;
    }
    const keys = this.#keys;
    const key = rank * 2 ** 32 + position;
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[hole] = keys[parent]!;
      hole = parent;
    }
    keys[hole] = key;
  }

  /** Takes the first out into `rank` and `position`; false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false;
    const keys = this.#keys;
    const first = keys[0]!;
    this.rank = Math.floor(first / 2 ** 32);
    this.position = first % 2 ** 32;
    const key = keys[--this.#size]!;
    let hole = 0;
    for (let child = 1; child < this.#size; child = 2 * hole + 1) {
      if (child + 1 < this.#size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[hole] = keys[child]!;
      hole = child;
    }
    keys[hole] = key;
    return true;
  }
}
