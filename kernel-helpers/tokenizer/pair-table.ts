/** The pairs of neighbours that training has seen, each with its count, found by their two ids. */

const free = -1;

export class PairTable {
  /** By pair: the ids of its two symbols, and how often they occur side by side. */
  left: Int32Array = new Int32Array(1 << 16);
  right: Int32Array = new Int32Array(1 << 16);
  counts: Float64Array = new Float64Array(1 << 16);
  size = 0;
  #slots: Int32Array = new Int32Array(1 << 17).fill(free);
  #shift = 32 - 17;

  /** The number of the pair; a new pair has the count 0. */
  pair(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> this.#shift;
    for (; slots[slot] !== free; slot = (slot + 1) & mask) {
      const pair = slots[slot]!;
      if (this.left[pair] === left && this.right[pair] === right) return pair;
    }
    if (this.size === this.left.length) {
      this.#grow();
      return this.pair(left, right);
    }
    slots[slot] = this.size;
    this.left[this.size] = left;
    this.right[this.size] = right;
    return this.size++;
  }

  /** Adds to the pair's count. As one step: adding a pair may move the counts to a larger array. */
  add(left: number, right: number, amount: number): void {
    const pair = this.pair(left, right);
    this.counts[pair]! += amount;
  }

  countOf(left: number, right: number): number {
    const pair = this.pair(left, right);
    return this.counts[pair]!;
  }

  #grow(): void {
    const capacity = this.size * 2;
    this.left = copied(this.left, new Int32Array(capacity));
    this.right = copied(this.right, new Int32Array(capacity));
    this.counts = copied(this.counts, new Float64Array(capacity));
    this.#slots = new Int32Array(2 * capacity).fill(free);
    this.#shift--;
    const mask = this.#slots.length - 1;
    for (let pair = 0; pair < this.size; pair++) {
      let slot = (Math.imul(this.left[pair]!, 0x9e3779b1) ^ Math.imul(this.right[pair]!, 0x85ebca6b)) >>> this.#shift;
      while (this.#slots[slot] !== free) slot = (slot + 1) & mask;
      this.#slots[slot] = pair;
    }
  }
}

function copied<T extends Int32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
