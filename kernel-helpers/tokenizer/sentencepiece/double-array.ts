/**
 * Byte strings with a number each, as a double array (Aoe 1989, in the layout of darts-clone): the step from a prefix to the next byte is one
 * look-up, so all keys that begin at a place of a text are found at the cost of reading the longest.
 */

/** In `marks`, beside the byte that leads to the node: a key ends here. */
export const endsKey = 0x100;
const isTaken = 0x200;
const blockSize = 0x100;
/** Free places are looked for in the last blocks only, as in darts-clone: earlier ones are nearly full. */
const openBlocks = 16;

export class DoubleArray {
  /** By node: its child for byte b is at `bases[node] ^ b`. Where a key ends, the child for byte 0 has the key's value instead of a base. */
  readonly bases: Int32Array;
  /** By node: the byte that leads to it, and flags. */
  readonly marks: Uint16Array;

  /** The number of the shortest key that the bytes begin with; -1 where none does. */
  shortest(bytes: Uint8Array): number {
    let node = 0;
    for (const byte of bytes) {
      node = this.bases[node]! ^ byte;
      const mark = this.marks[node] ?? 0;
      if (byte === 0 || (mark & 0xff) !== byte) return -1;
      if (mark & endsKey) return this.bases[this.bases[node]!] ?? -1;
    }
    return -1;
  }

  private constructor(bases: Int32Array, marks: Uint16Array) {
    this.bases = bases;
    this.marks = marks;
  }

  /** @param keys Each byte one character, in ascending order, each once; neither empty nor with a byte 0. */
  static of(keys: readonly string[], values: ArrayLike<number>): DoubleArray {
    const places = new Places();
    /** Nodes whose children are still to be placed, four numbers each: the node, its first key, the end of its keys, its depth. */
    const pending = [0, 0, keys.length, 0];
    const [labels, starts]: [number[], number[]] = [[], []];
    while (pending.length > 0) {
      const [node, first, end, depth] = pending.splice(-4) as [number, number, number, number];
      labels.length = starts.length = 0;
      for (let at = first; at < end; at++) {
        const label = keys[at]!.length === depth ? 0 : keys[at]!.charCodeAt(depth);
        if (labels.at(-1) === label) continue;
        labels.push(label);
        starts.push(at);
      }
      if (labels.length === 0) break; // no keys at all
      const base = places.take(labels);
      places.bases[node] = base;
      for (let index = 0; index < labels.length; index++) {
        const label = labels[index]!;
        const child = base ^ label;
        if (label === 0) {
          places.marks[node]! |= endsKey;
          places.bases[child] = values[first]!;
        } else {
          places.marks[child]! |= label;
          pending.push(child, starts[index]!, starts[index + 1] ?? end, depth + 1);
        }
      }
    }
    return new DoubleArray(places.bases.slice(0, places.size), places.marks.slice(0, places.size));
  }

  /** @param units As darts-clone stores them: label, flag of an end, and the distance to the children; or a value. */
  static fromUnits(units: Uint32Array): DoubleArray {
    const bases = Int32Array.from(units, (unit, at) =>
      isValue(unit) ? unit & 0x7fffffff : at ^ ((unit >>> 10) << ((unit & 0x200) >>> 6)),
    );
    return new DoubleArray(
      bases,
      Uint16Array.from(units, (unit) => (isValue(unit) ? 0 : unit & 0x1ff)),
    );
  }

  /** As darts-clone stores them, for less than two million nodes. */
  toUnits(): Uint32Array {
    const units = new Uint32Array(this.bases.length);
    for (const [node, mark] of this.marks.entries()) {
      if (node > 0 && mark % endsKey === 0) continue; // free, or a value
      const base = this.bases[node]!;
      units[node] = (this.marks[node]! & 0x1ff) | ((node ^ base) << 10);
      if (this.marks[node]! & endsKey) units[base] = this.bases[base]! | 0x80000000;
    }
    return units;
  }
}

const isValue = (unit: number): boolean => unit >= 0x80000000;

/** The places of a double array that grows, with a list of those that are free. */
class Places {
  bases: Int32Array = new Int32Array(0);
  marks: Uint16Array = new Uint16Array(0);
  size = 0;
  /** By base: whether it has been given; two nodes with one base would take each other's children for theirs. */
  #given: Uint8Array = new Uint8Array(0);
  /** The free places of the open blocks, each with the one before and after; place 0, the root, begins and ends the list. */
  #before: Int32Array = new Int32Array(0);
  #after: Int32Array = new Int32Array(0);

  constructor() {
    this.#addBlock();
    this.marks[0] = isTaken;
  }

  /** A base at which there is a free place for each label; they are taken. */
  take(labels: readonly number[]): number {
    let found = -1;
    for (let free = this.#after[0]!; free !== 0 && found === -1; free = this.#after[free]!) {
      if (this.#fits(free ^ labels[0]!, labels)) found = free ^ labels[0]!;
    }
    if (found === -1) {
      found = this.size;
      this.#addBlock();
    }
    this.#given[found] = 1;
    for (const label of labels) {
      this.#unlink(found ^ label);
      this.marks[found ^ label]! |= isTaken;
    }
    return found;
  }

  #fits(base: number, labels: readonly number[]): boolean {
    if (this.#given[base] !== 0) return false;
    for (let at = 1; at < labels.length; at++) if ((this.marks[base ^ labels[at]!]! & isTaken) !== 0) return false;
    return true;
  }

  #unlink(place: number): void {
    const [before, after] = [this.#before[place]!, this.#after[place]!];
    this.#after[before] = after;
    this.#before[after] = before;
  }

  #addBlock(): void {
    const start = this.size;
    this.size += blockSize;
    if (this.size > this.bases.length) this.#grow();
    const closed = start - openBlocks * blockSize;
    for (let place = Math.max(1, closed); place < closed + blockSize; place++)
      if ((this.marks[place]! & isTaken) === 0) this.#unlink(place);
    for (let place = Math.max(1, start); place < this.size; place++) {
      const last = this.#before[0]!;
      this.#after[last] = place;
      this.#before[place] = last;
      this.#after[place] = 0;
      this.#before[0] = place;
    }
  }

  #grow(): void {
    const capacity = Math.max(1024, 2 * this.bases.length);
    const grown = <T extends Int32Array | Uint16Array | Uint8Array>(longer: T, old: T): T => {
      longer.set(old);
      return longer;
    };
    this.bases = grown(new Int32Array(capacity), this.bases);
    this.marks = grown(new Uint16Array(capacity), this.marks);
    this.#given = grown(new Uint8Array(capacity), this.#given);
    this.#before = grown(new Int32Array(capacity), this.#before);
    this.#after = grown(new Int32Array(capacity), this.#after);
  }
}
