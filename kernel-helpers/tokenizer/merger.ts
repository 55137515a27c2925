/** Byte-level BPE of one piece: its bytes as tokens, then merges. */
import { toAlphabet } from "./byte-alphabet.ts";
import type { PieceModel } from "./encoder.ts";
import { MergeTable, noRank, scanLimit } from "./merge-table.ts";
import { noToken, type Vocabulary } from "./vocabulary.ts";

export class Merger implements PieceModel {
  readonly #byteIds: Int32Array;
  readonly #lacksBytes: boolean;
  readonly #wholePieces: ReadonlyMap<string, number> | undefined;
  readonly #table: MergeTable;
  /** Ranks of pairs of single bytes, by left · 256 + right. */
  readonly #byteRanks: Int32Array = new Int32Array(0x10000).fill(noRank);
  readonly #ids: Int32Array = new Int32Array(scanLimit + 1);
  readonly #ranks: Int32Array = new Int32Array(scanLimit + 1);

  constructor({ byteIds, left, right, merged, wholePieces }: Vocabulary) {
    this.#byteIds = byteIds;
    this.#wholePieces = wholePieces;
    this.#lacksBytes = byteIds.includes(noToken);
    this.#table = new MergeTable({ left, right, merged });
    for (let pair = 0; pair < 0x10000; pair++) this.#byteRanks[pair] = this.#table.rankOf(byteIds[pair >>> 8]!, byteIds[pair & 255]!);
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
    const length = end - start;
    if (length > scanLimit) {
      const symbols = Int32Array.from({ length }, (_, index) => this.#byteIds[bytes[start + index]!]!);
      return this.#table.merge(symbols, length, out, at);
    }
    const ids = this.#ids;
    const ranks = this.#ranks; // ranks[i] is that of ids[i] with ids[i + 1]
    for (let i = 0; i < length; i++) ids[i] = this.#byteIds[bytes[start + i]!]!;
    for (let i = 0; i + 1 < length; i++) ranks[i] = this.#byteRanks[(bytes[start + i]! << 8) | bytes[start + i + 1]!]!;
    return this.#table.mergeRanked(ids, ranks, length, out, at);
  }
}
