/** Several sequences that a decoder continues side by side: the weights are read once for all of them, which is most of the work. */
import { OutOfRangeError } from "../../errors.ts";
import { checkIndices } from "../../runtime/check.ts";
import type { Decoder } from "./decoder.ts";
import type { EngineLink } from "./engine-link.ts";

export class DecoderBatch implements AsyncDisposable {
  readonly #decoder: Decoder;
  readonly #link: EngineLink;
  readonly #places: number;
  readonly #capacity: number;
  /** Tokens of each sequence. */
  readonly #lengths: number[] = [];

  private constructor(decoder: Decoder, link: EngineLink, places: number, capacity: number) {
    this.#decoder = decoder;
    this.#link = link;
    this.#places = places;
    this.#capacity = capacity;
  }

  static async open(decoder: Decoder, link: EngineLink, places: number, capacity: number): Promise<DecoderBatch> {
    await link.runBatch({ kind: "open", places, capacity });
    return new DecoderBatch(decoder, link, places, capacity);
  }

  /** How many sequences there are. */
  get size(): number {
    return this.#lengths.length;
  }

  /**
   * Takes what the decoder has read as one more sequence, the last one.
   *
   * @throws {OutOfRangeError} There is no place left, or not enough room in it.
   */
  async add(): Promise<void> {
    const { length } = this.#decoder;
    if (this.size < this.#places && length <= this.#capacity) {
      await this.#link.runBatch({ kind: "fill", place: this.size, length });
      this.#lengths.push(length);
      return;
    }
    throw new OutOfRangeError(`the batch has ${this.#places} places for ${this.#capacity} tokens each`, {
      hint: "open it with more places or a larger capacity",
      facts: { argument: "batch", min: 0, max: this.#places },
    });
  }

  /** Ends the sequence at an index; the last one takes its place. */
  async remove(index: number): Promise<void> {
    const last = this.size - 1;
    checkIndices("index", [index], this.size);
    if (index < last) await this.#link.runBatch({ kind: "move", from: last, to: index, length: this.#lengths[last]! });
    this.#lengths[index] = this.#lengths[last]!;
    this.#lengths.pop();
  }

  /**
   * Reads one more token of each sequence.
   *
   * @param ids One for each sequence (B).
   * @returns The logits after each of them, (B, V).
   * @throws {OutOfRangeError} An id that the vocabulary lacks, or a sequence that has no room left.
   */
  async step(ids: readonly number[]): Promise<Float32Array> {
    checkIndices("ids", ids, this.#decoder.config.vocabSize);
    const full = this.#lengths.findIndex((length) => length === this.#capacity);
    if (ids.length !== this.size || full >= 0) {
      const problem = full >= 0 ? `sequence ${full} has no room left` : `${ids.length} ids for ${this.size} sequences`;
      throw new OutOfRangeError(problem, { hint: "pass one id for each sequence, as long as it has room", facts: { argument: "ids" } });
    }
    const logits = await this.#link.runBatch({ kind: "step", ids, pasts: this.#lengths });
    for (const index of this.#lengths.keys()) this.#lengths[index]!++;
    return logits;
  }

  /** Gives the memory back. */
  async close(): Promise<void> {
    await this.#link.runBatch({ kind: "close" });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
