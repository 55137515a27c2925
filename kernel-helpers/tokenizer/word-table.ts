/**
 * A hash table from pieces of UTF-8 to one integer each, without a string or an object per piece: the encoder's memory of the words it has
 * merged, and the trainer's counts.
 */

/** Fields of an entry. Open addressing: an entry is in its slot or the next free one. */
const hashField = 0;
const startField = 1; // of the word in `text`, plus one: 0 marks a free slot
const lengthField = 2;
const valueField = 3;
const fields = 4;

export class WordTable {
  #entries: Int32Array;
  #mask: number;
  /** The words, one after the other. */
  #text: Uint8Array;
  #textLength = 0;
  #size = 0;
  #lastHash = 0;

  constructor(capacity: number = 1 << 12) {
    this.#entries = new Int32Array(capacity * fields);
    this.#mask = capacity - 1;
    this.#text = new Uint8Array(capacity * 8);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of all words together. */
  get textLength(): number {
    return this.#textLength;
  }

  get heldBytes(): number {
    return this.#entries.byteLength + this.#text.byteLength;
  }

  /** The entry of the word `bytes[start, end)`, or the free slot for it. */
  locate(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    hash ^= hash >>> 15; // FNV-1a leaves its high bits the better ones
    this.#lastHash = hash;
    const entries = this.#entries;
    const mask = this.#mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slot * fields;
      const from = entries[entry + startField]!;
      if (from === 0) return entry;
      if (
        entries[entry + hashField] === hash &&
        entries[entry + lengthField] === end - start &&
        this.#equals(from - 1, bytes, start, end)
      ) {
        return entry;
      }
    }
  }

  #equals(from: number, bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.#text;
    while (start < end) if (text[from++] !== bytes[start++]) return false;
    return true;
  }

  isFree(entry: number): boolean {
    return this.#entries[entry + startField] === 0;
  }

  valueAt(entry: number): number {
    return this.#entries[entry + valueField]!;
  }

  /** Adds one to the word's value. */
  count(bytes: Uint8Array, start: number, end: number): void {
    const entry = this.locate(bytes, start, end);
    if (this.isFree(entry)) this.put(entry, bytes, start, end, 1);
    else this.#entries[entry + valueField]!++;
  }

  /** Fills the free slot that the last locate() of this word gave. */
  put(entry: number, bytes: Uint8Array, start: number, end: number, value: number): void {
    const length = end - start;
    if (this.#textLength + length > this.#text.length) {
      const longer = new Uint8Array(Math.max(2 * this.#text.length, this.#textLength + length));
      longer.set(this.#text);
      this.#text = longer;
    }
    for (let at = 0; at < length; at++) this.#text[this.#textLength + at] = bytes[start + at]!;
    this.#entries[entry + hashField] = this.#lastHash;
    this.#entries[entry + startField] = this.#textLength + 1;
    this.#entries[entry + lengthField] = length;
    this.#entries[entry + valueField] = value;
    this.#textLength += length;
    if (++this.#size * 2 > this.#mask) this.#grow();
  }

  /** Calls `visit` with each word as a part of one byte array, and its value. */
  forEach(visit: (text: Uint8Array, start: number, end: number, value: number) => void): void {
    const entries = this.#entries;
    for (let entry = 0; entry < entries.length; entry += fields) {
      const start = entries[entry + startField]! - 1;
      if (start >= 0) visit(this.#text, start, start + entries[entry + lengthField]!, entries[entry + valueField]!);
    }
  }

  clear(): void {
    this.#entries.fill(0);
    this.#textLength = 0;
    this.#size = 0;
  }

  #grow(): void {
    const before = this.#entries;
    this.#entries = new Int32Array(before.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let entry = 0; entry < before.length; entry += fields) {
      if (before[entry + startField] === 0) continue;
      let slot = before[entry + hashField]! & this.#mask;
      while (this.#entries[slot * fields + startField] !== 0) slot = (slot + 1) & this.#mask;
      this.#entries.set(before.subarray(entry, entry + fields), slot * fields);
    }
  }
}
