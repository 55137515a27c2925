/** One text in the making: draws its tokens from logits, and makes parts of them. */
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Part, Usage } from "../chat-model.ts";
import type { Constraint, ConstrainedText } from "../constrain/constraint.ts";
import { TextStream } from "../text-stream.ts";
import { explainToken } from "./log-probs.ts";
import type { CheckedOptions } from "./options.ts";

export interface ContinuationOptions extends CheckedOptions {
  constraint: Constraint | undefined;
  tokenizer: Tokenizer;
  /** Tokens that end an answer. */
  endIds: ReadonlySet<number>;
}

export class Continuation {
  /** The prompt and what has been drawn. */
  readonly seen: number[];
  /** Of these, the tokens: what stands for an image is none, and is not penalised as one. */
  readonly #said: number[];
  readonly #options: ContinuationOptions;
  readonly #promptTokens: number;
  readonly #stream: TextStream;
  readonly #constrained: ConstrainedText | undefined;
  #left: number;
  #isStopped = false;

  /** @param most How many tokens may be drawn. */
  constructor(ids: readonly number[], most: number, options: ContinuationOptions) {
    this.seen = [...ids];
    this.#said = ids.filter((id) => options.tokenizer.has(id));
    this.#promptTokens = ids.length;
    this.#left = most;
    this.#options = options;
    this.#stream = new TextStream(options.stop);
    this.#constrained = options.constraint?.begin();
  }

  /** How many tokens may still be drawn. */
  get left(): number {
    return this.#left;
  }

  /** Whether no logits are wanted any more. */
  get isDone(): boolean {
    return this.#isStopped || this.#left === 0;
  }

  /** Draws the next token. */
  *take(logits: Float32Array): Generator<Part, void> {
    const { sampler, tokenizer, endIds, logProbs } = this.#options;
    const allowed = this.#constrained ? this.#constrained.apply(logits, this.#left, endIds) : logits;
    if (!allowed) {
      this.#isStopped = true;
      return;
    }
    const id = sampler.next(allowed, this.#said);
    this.seen.push(id);
    this.#said.push(id);
    this.#left--;
    const isEnd = endIds.has(id);
    const bytes = isEnd || !tokenizer.has(id) ? undefined : tokenizer.bytesOf(id);
    if (bytes) this.#constrained?.push(bytes);
    const text = bytes ? this.#stream.push(bytes) : "";
    this.#isStopped = isEnd || this.#stream.isStopped || this.#constrained?.isFinal === true;
    if (logProbs !== undefined) yield explainToken(logits, id, logProbs, tokenizer);
    if (text !== "") yield { type: "text", text };
  }

  /** What was held back, and why it ended. */
  *end(usage: Omit<Usage, "promptTokens" | "newTokens">): Generator<Part, void> {
    const rest = this.#stream.end();
    if (rest !== "") yield { type: "text", text: rest };
    const counts = { promptTokens: this.#promptTokens, newTokens: this.seen.length - this.#promptTokens };
    yield { type: "finish", reason: this.#isStopped ? "stop" : "length", usage: { ...counts, ...usage } };
  }
}
