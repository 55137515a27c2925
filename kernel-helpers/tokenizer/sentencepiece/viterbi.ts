/**
 * The Unigram language model (Kudo 2018, arXiv:1804.10959): of all ways to cut a piece into known pieces, the one of highest probability, found by
 * Viterbi's algorithm.
 */
import type { PieceModel } from "../encoder.ts";
import { DoubleArray, endsKey } from "./double-array.ts";

/** ln of how much less likely an unknown character is than the rarest piece; SentencePiece's constant. */
const unknownPenalty = 10;

/** Room that is kept between calls; what a longer piece needed is given back. */
const keptPlaces = 1 << 16;

export interface UnigramModel {
  /** By id; undefined for what text never becomes, such as special tokens. */
  pieces: readonly (string | undefined)[];
  /** By id: ln of the probability. */
  scores: Float64Array;
  unkId: number;
  /** Ids of the 256 bytes, which spell unknown characters; undefined where these are unknown tokens. */
  byteIds?: readonly number[] | undefined;
}

export class Viterbi implements PieceModel {
  readonly #trie: DoubleArray;
  readonly #scores: Float64Array;
  readonly #unknownScore: number;
  readonly #unkId: number;
  readonly #byteIds: readonly number[] | undefined;
  /** By the place where a piece ends: the best score up to there, the last piece's id and where it begins. */
  #best: Float64Array = new Float64Array(0);
  #ids: Int32Array = new Int32Array(0);
  #starts: Int32Array = new Int32Array(0);

  constructor({ pieces, scores, unkId, byteIds }: UnigramModel) {
    this.#trie = trieOf(pieces);
    this.#scores = scores;
    this.#unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty;
    this.#unkId = unkId;
    this.#byteIds = byteIds;
  }

  write(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number {
    this.#search(bytes, start, end);
    const count = this.#takeBest(bytes, start, end, out, at);
    if (this.#best.length > keptPlaces) this.#best = new Float64Array(0);
    return count;
  }

  #search(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length >= this.#best.length) {
      const capacity = Math.max(256, 2 * length);
      this.#best = new Float64Array(capacity);
      this.#ids = new Int32Array(capacity);
      this.#starts = new Int32Array(capacity);
    }
    const [best, ids, starts] = [this.#best, this.#ids, this.#starts];
    const scores = this.#scores;
    const { bases, marks } = this.#trie;
    best.fill(-Infinity, 0, length + 1);
    best[0] = 0;
    for (let from = 0; from < length;) {
      const lead = bytes[start + from]!;
      const next = Math.min(length, from + (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4));
      const before = best[from]!;
      let isKnown = false; // as a piece of its own
      let node = 0;
      for (let to = from; to < length;) {
        const byte = bytes[start + to]!;
        if (byte === 0) break;
        node = bases[node]! ^ byte;
        const mark = marks[node]!;
        if ((mark & 0xff) !== byte) break;
        to++;
        if ((mark & endsKey) === 0) continue;
        const id = bases[bases[node]!]!;
        const score = before + scores[id]!;
        if (score > best[to]!) {
          best[to] = score;
          ids[to] = id;
          starts[to] = from;
        }
        if (to === next) isKnown = true;
      }
      if (!isKnown && before + this.#unknownScore > best[next]!) {
        best[next] = before + this.#unknownScore;
        ids[next] = this.#unkId;
        starts[next] = from;
      }
      from = next;
    }
  }

  /** Neighbouring unknown characters are one unknown token. */
  #takeBest(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number {
    let count = 0;
    let isAfterUnknown = false;
    for (let to = end - start; to > 0; to = this.#starts[to]!) {
      const id = this.#ids[to]!;
      const isUnknown = id === this.#unkId;
      if (isUnknown && this.#byteIds) {
        for (let byte = start + to - 1; byte >= start + this.#starts[to]!; byte--) out[at + count++] = this.#byteIds[bytes[byte]!]!;
      } else if (!isUnknown || !isAfterUnknown) out[at + count++] = id;
      isAfterUnknown = isUnknown;
    }
    out.subarray(at, at + count).reverse();
    return count;
  }
}

/** A character of a key for each byte, so that strings compare as bytes do. */
function trieOf(pieces: readonly (string | undefined)[]): DoubleArray {
  const ids = new Map<string, number>();
  for (const [id, piece] of pieces.entries()) {
    if (piece) ids.set(isAscii.test(piece) ? piece : Buffer.from(piece).toString("latin1"), id);
  }
  const keys = [...ids.keys()].filter((key) => !key.includes("\0")).sort();
  return DoubleArray.of(
    keys,
    Int32Array.from(keys, (key) => ids.get(key)!),
  );
}

const isAscii = /^[ -~]*$/;
