/** Binary heaps of slots on typed arrays: nothing is allocated while searching. */

/** The slot with the smallest key on top. */
export class Heap {
  length = 0;
  #keys: Float64Array;
  #slots: Int32Array;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
    this.#slots = new Int32Array(capacity);
  }

  get topKey(): number {
    return this.#keys[0]!;
  }

  push(key: number, slot: number): void {
    if (this.length === this.#keys.length) this.#grow();
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#keys[parent]! <= key) break;
      this.#keys[at] = this.#keys[parent]!;
      this.#slots[at] = this.#slots[parent]!;
      at = parent;
    }
    this.#keys[at] = key;
    this.#slots[at] = slot;
  }

  /** Takes the top away and gives its slot. */
  pop(): number {
    const slot = this.#slots[0]!;
    this.length -= 1;
    this.#sink(this.#keys[this.length]!, this.#slots[this.length]!);
    return slot;
  }

  replaceTop(key: number, slot: number): void {
    this.#sink(key, slot);
  }

  clear(): void {
    this.length = 0;
  }

  entries(): { key: number; slot: number }[] {
    return Array.from({ length: this.length }, (_, index) => ({ key: this.#keys[index]!, slot: this.#slots[index]! }));
  }

  /** Lets an entry sink from the top to its place. */
  #sink(key: number, slot: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.length) break;
      if (child + 1 < this.length && this.#keys[child + 1]! < this.#keys[child]!) child += 1;
      if (this.#keys[child]! >= key) break;
      this.#keys[at] = this.#keys[child]!;
      this.#slots[at] = this.#slots[child]!;
      at = child;
    }
    this.#keys[at] = key;
    this.#slots[at] = slot;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length + 1);
    const slots = new Int32Array(keys.length);
    keys.set(this.#keys);
    slots.set(this.#slots);
    this.#keys = keys;
    this.#slots = slots;
  }
}

export interface Neighbour {
  slot: number;
  similarity: number;
}

/** The k most similar of many: the least similar of them is on top, so most candidates cost one comparison. */
export class TopK {
  readonly capacity: number;
  /** What a candidate has to be above. */
  threshold: number = Number.NEGATIVE_INFINITY;
  readonly #heap: Heap;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#heap = new Heap(Math.min(capacity, 1024));
  }

  get length(): number {
    return this.#heap.length;
  }

  /** Takes the slot in if it is among the best so far. */
  offer(similarity: number, slot: number): void {
    if (this.#heap.length < this.capacity) {
      this.#heap.push(similarity, slot);
    } else if (similarity > this.threshold) {
      this.#heap.replaceTop(similarity, slot);
    } else {
      return;
    }
    if (this.#heap.length === this.capacity) this.threshold = this.#heap.topKey;
  }

  /** Most similar first; equal ones in the order of their slots. */
  sorted(): Neighbour[] {
    return this.#heap
      .entries()
      .map(({ key, slot }) => ({ slot, similarity: key }))
      .sort((one, other) => other.similarity - one.similarity || one.slot - other.slot);
  }
}
