/**
 * Speculative decoding (Leviathan et al. 2023, arXiv:2211.17192): somebody cheap guesses the next tokens, and the model reads all of them at once, which
 * takes little longer than reading one. Here a guess is certain of itself, a distribution of one point. The paper's rule then comes down to this: draw
 * from the model as ever, and as long as the token drawn is the one guessed, the logits after it are there already. So a text and its distribution are
 * those of the model alone, seeds included, whatever options and constraints; only sums are rounded differently, for more rows are multiplied at once.
 */
import { likeliest } from "../sampler.ts";
import type { Context } from "./context.ts";

/** Tokens that may follow those seen, `most` at most. */
export type Guess = (seen: readonly number[], most: number, signal: AbortSignal) => Promise<readonly number[]>;

/** The tokens that another, smaller model thinks likeliest. */
export const guessBy =
  (draft: Context): Guess =>
  async (seen, most, signal) => {
    const guesses: number[] = [];
    const room = draft.decoder.config.contextLength - seen.length;
    const known = draft.rewindTo(seen, seen.length - 1);
    for (let unread = seen.slice(known); guesses.length < Math.min(most, room); unread = guesses.slice(-1)) {
      guesses.push(likeliest(await draft.read(unread, { signal })));
    }
    return guesses;
  };

/** Endings of the text that are looked for, the longest first. */
const [longestEnding, shortestEnding] = [4, 2];

/** Prompt lookup (github.com/apoorvumang/prompt-lookup-decoding): what followed when the text's last tokens came the last time before. */
export const guessByLookup: Guess = async (seen, most) => {
  for (let length = Math.min(longestEnding, seen.length - 1); length >= shortestEnding; length--) {
    const ending = seen.slice(-length);
    for (let at = seen.length - length - 1; at >= 0; at--) {
      if (ending.every((id, index) => seen[at + index] === id)) return seen.slice(at + length, at + length + most);
    }
  }
  return [];
};

/** Reads tokens one by one, and guessed ones with them. */
export class Speculation {
  draftTokens = 0;
  acceptedTokens = 0;
  readonly #context: Context;
  readonly #guess: Guess | undefined;
  readonly #length: number;
  /** What was guessed and read, and the logits after each of these. */
  #guesses: readonly number[] = [];
  #logits: readonly Float32Array[] = [];
  #right = 0;

  /** @param length How many tokens to guess at once. */
  constructor(context: Context, guess: Guess | undefined, length: number) {
    this.#context = context;
    this.#guess = guess;
    this.#length = length;
  }

  /**
   * The logits after the last of the ids; all before it have been read.
   *
   * @param left How many tokens may follow.
   */
  async after(seen: readonly number[], left: number, signal: AbortSignal): Promise<Float32Array> {
    const id = seen.at(-1)!;
    if (this.#guesses[this.#right] === id) {
      this.acceptedTokens++;
      return this.#logits[this.#right++]!;
    }
    this.#context.rewindTo(seen.slice(0, -1));
    this.#right = 0;
    this.#guesses = this.#guess ? await this.#guess(seen, Math.min(this.#length, left - 1), signal) : [];
    if (this.#guesses.length === 0) return this.#context.read([id], { signal });
    this.draftTokens += this.#guesses.length;
    const { vocabSize } = this.#context.decoder.config;
    const logits = await this.#context.read([id, ...this.#guesses], { every: true, signal });
    this.#logits = this.#guesses.map((_, index) => logits.subarray((index + 1) * vocabSize, (index + 2) * vocabSize));
    return logits.subarray(0, vocabSize);
  }
}
