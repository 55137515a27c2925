/** The k best of many numbered items, on typed arrays: most candidates cost one comparison, and nothing is allocated for them. */

export interface Scored {
  index: number;
  score: number;
}

/** A heap of at most `capacity` items with the worst of them on top. */
export class TopK {
  readonly capacity: number;
  length = 0;
  /** What a candidate has to exceed to get in. */
  threshold: number = Number.NEGATIVE_INFINITY;
  #scores: Float64Array;
  #indices: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#scores = new Float64Array(Math.min(capacity, 1024));
    this.#indices = new Float64Array(this.#scores.length);
  }

  /** Takes the item in if it is among the best so far. */
  offer(score: number, index: number): void {
    if (this.length < this.capacity) this.#push(score, index);
    else if (score > this.threshold) this.#sink(score, index);
    else return;
    if (this.length === this.capacity) this.threshold = this.#scores[0]!;
  }

  /** Best first; equal ones in the order of their indices. */
  sorted(): Scored[] {
    return Array.from({ length: this.length }, (_, at) => ({ index: this.#indices[at]!, score: this.#scores[at]! })).sort(
      (one, other) => other.score - one.score || one.index - other.index,
    );
  }

  #push(score: number, index: number): void {
    if (this.length === this.#scores.length) this.#grow();
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#scores[parent]! <= score) break;
      this.#scores[at] = this.#scores[parent]!;
      this.#indices[at] = this.#indices[parent]!;
      at = parent;
    }
    this.#scores[at] = score;
    this.#indices[at] = index;
  }

  /** Puts an item in the place of the worst. */
  #sink(score: number, index: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.length) break;
      if (child + 1 < this.length && this.#scores[child + 1]! < this.#scores[child]!) child += 1;
      if (this.#scores[child]! >= score) break;
      this.#scores[at] = this.#scores[child]!;
      this.#indices[at] = this.#indices[child]!;
      at = child;
    }
    this.#scores[at] = score;
    this.#indices[at] = index;
  }

  #grow(): void {
    const scores = new Float64Array(2 * this.#scores.length);
    const indices = new Float64Array(scores.length);
    scores.set(this.#scores);
    indices.set(this.#indices);
    this.#scores = scores;
    this.#indices = indices;
  }
}
