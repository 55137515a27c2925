/**
 * The n-grams of one length, each with its count. An n-gram is identified by the number of its first n − 1 symbols in the table of the length below
 * and by its last symbol, so a table of any length stores two numbers per gram. Open addressing with linear probing.
 */

const free = -1;

export class GramTable {
  /** By gram: its first n − 1 symbols, as a number in the table of the length below. */
  parents: Int32Array = new Int32Array(1 << 10);
  /** By gram: its last symbol. */
  symbols: Int32Array = new Int32Array(1 << 10);
  /** By gram: how often it occurs in the text, or how many symbols occur before it: what the smoothing counts. */
  counts: Uint32Array = new Uint32Array(1 << 10);
  size = 0;
  #slots: Int32Array = new Int32Array(1 << 11).fill(free);
  #shift = 32 - 11;

  /** The gram's number, or -1. A parent of -1 has no grams. */
  find(parent: number, symbol: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = slotOf(parent, symbol, this.#shift);
    for (; slots[slot] !== free; slot = (slot + 1) & mask) {
      const gram = slots[slot]!;
      if (this.symbols[gram] === symbol && this.parents[gram] === parent) return gram;
    }
    return -1;
  }

  /** The gram's number; a new gram has the count 0. */
  add(parent: number, symbol: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = slotOf(parent, symbol, this.#shift);
    for (; slots[slot] !== free; slot = (slot + 1) & mask) {
      const gram = slots[slot]!;
      if (this.symbols[gram] === symbol && this.parents[gram] === parent) return gram;
    }
    if (this.size === this.symbols.length) {
      this.#grow();
      return this.add(parent, symbol);
    }
    slots[slot] = this.size;
    this.parents[this.size] = parent;
    this.symbols[this.size] = symbol;
    return this.size++;
  }

  #grow(): void {
    const capacity = this.size * 2;
    this.parents = copied(this.parents, new Int32Array(capacity));
    this.symbols = copied(this.symbols, new Int32Array(capacity));
    this.counts = copied(this.counts, new Uint32Array(capacity));
    this.#slots = new Int32Array(2 * capacity).fill(free);
    this.#shift--;
    const mask = this.#slots.length - 1;
    for (let gram = 0; gram < this.size; gram++) {
      let slot = slotOf(this.parents[gram]!, this.symbols[gram]!, this.#shift);
      while (this.#slots[slot] !== free) slot = (slot + 1) & mask;
      this.#slots[slot] = gram;
    }
  }
}

/** Multiplications spread the two numbers over the upper bits, which the shift keeps. */
function slotOf(parent: number, symbol: number, shift: number): number {
  return (Math.imul(parent, 0x9e3779b1) ^ Math.imul(symbol, 0x85ebca6b)) >>> shift;
}

function copied<T extends Int32Array | Uint32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
