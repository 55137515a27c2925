/** SentencePiece's BPE of one piece: its characters as tokens, those without one spelled by bytes, then merges. */
import type { PieceModel } from "../encoder.ts";
import { MergeTable, scanLimit, type Merges } from "../merge-table.ts";

export interface CharacterMerges extends Merges {
  /** Character → id. */
  characters: ReadonlyMap<string, number>;
  unkId: number | undefined;
  /** Whether unknown characters side by side are one unknown token. */
  fusesUnknown: boolean;
  byteIds: readonly number[] | undefined;
  /** Pieces that are a token whatever merging makes of them. */
  wholePieces?: ReadonlyMap<string, number> | undefined;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class CharacterMerger implements PieceModel {
  readonly #merges: CharacterMerges;
  readonly #table: MergeTable;
  /** By code point: id + 1, or 0; the first ones only, which is most of all text. */
  readonly #ids: Int32Array = new Int32Array(0x10000);
  readonly #ranks: Int32Array = new Int32Array(scanLimit + 1);
  #symbols: Int32Array = new Int32Array(256);

  constructor(merges: CharacterMerges) {
    this.#merges = merges;
    this.#table = new MergeTable(merges);
    for (const [character, id] of merges.characters) {
      const code = character.codePointAt(0)!;
      if (code < this.#ids.length) this.#ids[code] = id + 1;
    }
  }

  write(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number {
    const whole = this.#merges.wholePieces?.get(decoder.decode(bytes.subarray(start, end)));
    if (whole !== undefined) {
      out[at] = whole;
      return 1;
    }
    const length = this.#spell(bytes, start, end);
    const symbols = this.#symbols;
    if (symbols.length > 1 << 16) this.#symbols = new Int32Array(256); // what a longer piece needed is given back
    if (length > scanLimit) return this.#table.merge(symbols, length, out, at);
    const ranks = this.#ranks;
    for (let i = 0; i + 1 < length; i++) ranks[i] = this.#table.rankOf(symbols[i]!, symbols[i + 1]!);
    return this.#table.mergeRanked(symbols, ranks, length, out, at);
  }

  /** Characters as ids, in `#symbols`; returns their number. */
  #spell(bytes: Uint8Array, start: number, end: number): number {
    const { byteIds, unkId, fusesUnknown } = this.#merges;
    if (end - start > this.#symbols.length) this.#symbols = new Int32Array(2 * (end - start));
    const symbols = this.#symbols;
    let length = 0;
    for (let from = start, to = start; from < end; from = to) {
      const lead = bytes[from]!;
      to = from + (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
      const id = this.#idOf(bytes, from, to);
      if (id >= 0) symbols[length++] = id;
      else if (byteIds) for (let byte = from; byte < to; byte++) symbols[length++] = byteIds[bytes[byte]!]!;
      else if (unkId !== undefined && !(fusesUnknown && length > 0 && symbols[length - 1] === unkId)) symbols[length++] = unkId;
    }
    return length;
  }

  /** -1 where the character has no token. */
  #idOf(bytes: Uint8Array, from: number, to: number): number {
    if (to - from === 4) return this.#merges.characters.get(decoder.decode(bytes.subarray(from, to))) ?? -1;
    let code = bytes[from]!;
    if (to - from === 2) code = ((code & 0x1f) << 6) | (bytes[from + 1]! & 0x3f);
    if (to - from === 3) code = ((code & 0x0f) << 12) | ((bytes[from + 1]! & 0x3f) << 6) | (bytes[from + 2]! & 0x3f);
    return this.#ids[code]! - 1;
  }
}
