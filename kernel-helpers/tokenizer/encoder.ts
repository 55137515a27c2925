/** Text → ids: cut into pieces, each piece from memory or merged. The memory is bounded, so that a thousand texts take no more than the first. */
import type { Pieces } from "./pattern.ts";
import { WordTable } from "./word-table.ts";

/** What makes ids of one piece of text: the part in which tokenizers differ most. */
export interface PieceModel {
  /**
   * Writes the ids of the piece `bytes[start, end)` into `out` from `at`.
   *
   * @param out Has room for one id per byte.
   * @returns How many ids there are.
   */
  write(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): number;
}

/** Longer pieces rarely come twice. */
const rememberedBytes = 48;
/** The memory is emptied when it holds this many words: some megabytes. */
const rememberedWords = 1 << 16;
/** Ids that the output buffer keeps room for between calls; what a longer text needed is given back. */
const keptIds = 1 << 16;

export class Encoder {
  readonly #model: PieceModel;
  readonly #words = new WordTable();
  /** For each remembered word the number of its ids, then the ids; the word's value in the table is where this starts. */
  #ids: Uint32Array = new Uint32Array(1 << 14);
  #idCount = 0;
  #out: Uint32Array = new Uint32Array(1 << 10);

  constructor(model: PieceModel) {
    this.#model = model;
  }

  encode({ bytes, length, ...pieces }: Pieces): Uint32Array {
    let count = 0;
    for (let start = 0; start < length;) {
      const end = pieces.endOf(start);
      if (count + end - start > this.#out.length) this.#out = grown(this.#out, count + end - start);
      count +=
        end - start > rememberedBytes ? this.#model.write(bytes, start, end, this.#out, count) : this.#recall(bytes, start, end, count);
      start = end;
    }
    const ids = this.#out.slice(0, count);
    if (this.#out.length > keptIds) this.#out = new Uint32Array(keptIds);
    return ids;
  }

  /** Bytes that are held between calls. */
  get heldBytes(): number {
    return this.#words.heldBytes + this.#ids.byteLength + this.#out.byteLength;
  }

  #recall(bytes: Uint8Array, start: number, end: number, at: number): number {
    const words = this.#words;
    let entry = words.locate(bytes, start, end);
    if (!words.isFree(entry)) {
      const ids = this.#ids;
      const out = this.#out;
      const from = words.valueAt(entry);
      const length = ids[from]!;
      for (let i = 0; i < length; i++) out[at + i] = ids[from + 1 + i]!;
      return length;
    }
    if (words.size >= rememberedWords) {
      words.clear();
      this.#idCount = 0;
      entry = words.locate(bytes, start, end);
    }
    const length = this.#model.write(bytes, start, end, this.#out, at);
    if (this.#idCount + length + 1 > this.#ids.length) this.#ids = grown(this.#ids, this.#idCount + length + 1);
    words.put(entry, bytes, start, end, this.#idCount);
    this.#ids[this.#idCount++] = length;
    for (let i = 0; i < length; i++) this.#ids[this.#idCount++] = this.#out[at + i]!;
    return length;
  }
}

function grown(ids: Uint32Array, wanted: number): Uint32Array {
  const longer = new Uint32Array(Math.max(2 * ids.length, wanted));
  longer.set(ids);
  return longer;
}
