/**
 * Candidates for the next merge: the most frequent pair first; of pairs equally frequent the one with the smaller left id, then the smaller right
 * id, as in Hugging Face's trainer. Counts are those at the time of entry; the caller compares a candidate's with the present count.
 */
import type { PairTable } from "./pair-table.ts";

export interface Candidate {
  pair: number;
  count: number;
  /** Its list of positions, some of which other merges may have used up. */
  start: number;
  end: number;
}

export class MergeQueue {
  readonly #pairs: PairTable;
  readonly #heap: Candidate[] = [];

  constructor(pairs: PairTable) {
    this.#pairs = pairs;
  }

  #precedes(one: Candidate, other: Candidate): boolean {
    if (one.count !== other.count) return one.count > other.count;
    const { left, right } = this.#pairs;
    if (left[one.pair] !== left[other.pair]) return left[one.pair]! < left[other.pair]!;
    return right[one.pair]! < right[other.pair]!;
  }

  push(candidate: Candidate): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(candidate);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#precedes(candidate, heap[parent]!)) break;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[hole] = candidate;
  }

  pop(): Candidate | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let hole = 0;
    for (let child = 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && this.#precedes(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#precedes(heap[child]!, last)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = last;
    return first;
  }
}
