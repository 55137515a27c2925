/** Parts on their way from their maker to their reader, at the pace of each. */
import type { Part } from "../chat-model.ts";

export class PartQueue implements AsyncIterable<Part> {
  readonly #parts: Part[] = [];
  #error: unknown;
  #isFailed = false;
  #wake: (() => void) | undefined;

  /** The last one is of the type `finish`. */
  push(part: Part): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  /** The reader gets this error next, and nothing more. */
  fail(error: unknown): void {
    this.#isFailed = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Part, void> {
    for (;;) {
      if (this.#isFailed) throw this.#error;
      const part = this.#parts.shift();
      if (part) {
        yield part;
        if (part.type === "finish") return;
      } else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
