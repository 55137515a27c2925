/**
 * Merging one piece: of all neighbours that may merge, the pair of lowest rank first, the leftmost of them first, until none may. Short pieces
 * by scanning, which is fastest there; long ones with a heap, so that a megabyte of one letter takes no hours.
 */
import { toAlphabet } from "./byte-alphabet.ts";
import type { PieceModel } from "./encoder.ts";
import { noToken, type Vocabulary } from "./vocabulary.ts";

const none = 0x7fffffff;
const scanLimit = 96; // bytes; beyond, the scan's square outgrows the heap's logarithm

export class Merger implements PieceModel {
  readonly #byteIds: Int32Array;
  readonly #lacksBytes: boolean;
  readonly #merged: Int32Array;
  readonly #wholePieces: ReadonlyMap<string, number> | undefined;
  /** Ranks of pairs of single bytes, by left · 256 + right. */
  readonly #byteRanks: Int32Array = new Int32Array(0x10000).fill(none);
  /** Left id, right id and rank + 1, by open addressing. */
  readonly #pairs: Int32Array;
  readonly #shift: number;
  readonly #ids: Int32Array = new Int32Array(scanLimit + 1);
  readonly #ranks: Int32Array = new Int32Array(scanLimit + 1);

  constructor({ byteIds, left, right, merged, wholePieces }: Vocabulary) {
    this.#byteIds = byteIds;
    this.#wholePieces = wholePieces;
    this.#lacksBytes = byteIds.includes(noToken);
    this.#merged = merged;
    const bits = Math.max(4, 32 - Math.clz32(left.length * 2));
    this.#shift = 32 - bits;
    this.#pairs = new Int32Array(4 << bits);
    for (let rank = 0; rank < left.length; rank++) this.#store(left[rank]!, right[rank]!, rank);
    for (let pair = 0; pair < 0x10000; pair++) this.#byteRanks[pair] = this.#rankOf(byteIds[pair >>> 8]!, byteIds[pair & 255]!);
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

  #rankOf(left: number, right: number): number {
    const pairs = this.#pairs;
    const mask = pairs.length - 1;
    for (let slot = 4 * this.#slot(left, right); ; slot = (slot + 4) & mask) {
      const stored = pairs[slot + 2]!;
      if (stored === 0) return none;
      if (pairs[slot] === left && pairs[slot + 1] === right) return stored - 1;
    }
  }

  write(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number {
    const whole = this.#wholePieces?.get(toAlphabet(bytes.subarray(start, end)));
    if (whole !== undefined) {
      out[at] = whole;
      return 1;
    }
    if (this.#lacksBytes && bytes.subarray(start, end).some((byte) => this.#byteIds[byte] === noToken)) {
      const known = bytes.slice(start, end).filter((byte) => this.#byteIds[byte] !== noToken); // as Hugging Face has it
      start = 0;
      end = known.length;
      bytes = known;
    }
    return end - start <= scanLimit ? this.#mergeShort(bytes, start, end, out, at) : this.#mergeLong(bytes, start, end, out, at);
  }

  #mergeShort(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number {
    const ids = this.#ids;
    const ranks = this.#ranks; // ranks[i] is that of ids[i] with ids[i + 1]
    let length = end - start;
    for (let i = 0; i < length; i++) ids[i] = this.#byteIds[bytes[start + i]!]!;
    for (let i = 0; i + 1 < length; i++) ranks[i] = this.#byteRanks[(bytes[start + i]! << 8) | bytes[start + i + 1]!]!;
    for (;;) {
      let best = none;
      let where = 0;
      for (let i = 0; i + 1 < length; i++) {
        if (ranks[i]! < best) {
          best = ranks[i]!;
          where = i;
        }
      }
      if (best === none) break;
      ids[where] = this.#merged[best]!;
      length--;
      for (let i = where + 1; i < length; i++) {
        ids[i] = ids[i + 1]!;
        ranks[i] = ranks[i + 1]!;
      }
      if (where > 0) ranks[where - 1] = this.#rankOf(ids[where - 1]!, ids[where]!);
      if (where + 1 < length) ranks[where] = this.#rankOf(ids[where]!, ids[where + 1]!);
    }
    for (let i = 0; i < length; i++) out[at + i] = ids[i]!;
    return length;
  }

  #mergeLong(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number {
    const length = end - start;
    const ids = new Int32Array(length);
    const previous = new Int32Array(length);
    const next = new Int32Array(length);
    const heap = new CandidateHeap(length);
    for (let i = 0; i < length; i++) {
      ids[i] = this.#byteIds[bytes[start + i]!]!;
      previous[i] = i - 1;
      next[i] = i + 1;
    }
    const offer = (where: number): void => {
      const after = next[where]!;
      const rank = after < length ? this.#rankOf(ids[where]!, ids[after]!) : none;
      if (rank !== none) heap.push(rank, where);
    };
    for (let i = 0; i + 1 < length; i++) offer(i);
    while (heap.pop()) {
      const where = heap.position;
      const after = next[where]!;
      // What was offered may have been merged away since; ids are then -1, or make a pair of another rank.
      if (ids[where] === -1 || after >= length || this.#rankOf(ids[where]!, ids[after]!) !== heap.rank) continue;
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
