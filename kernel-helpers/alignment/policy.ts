/** What alignment needs of a model, and what a model writes. */
import type { Module } from "../nn/index.ts";
import { argumentError, checkArray, checkIndices, checkObject } from "../runtime/check.ts";
import { tensor, type Tensor } from "../tensor/index.ts";

/** A language model that learns: a GPT, or another module that maps ids (B, T) to logits (B, T, V). */
export interface Policy extends Module {
  readonly config: Readonly<{ vocabularySize: number; contextLength: number }>;
  forward(ids: Tensor): Tensor;
}

/** What a policy wrote after a prompt. */
export interface Completion {
  prompt: readonly number[];
  /** The new ids, the end's id included. */
  ids: readonly number[];
  /** Whether it came to its end, and was not cut off. */
  isEnded: boolean;
}

/** How good completions are, one finite number for each: a reward model's scores, or a rule that can be checked. */
export type RewardFunction = (completions: readonly Completion[], signal?: AbortSignal) => readonly number[] | Promise<readonly number[]>;

/** A prompt and what should follow it, as ids; a completion ends with the end's id. */
export interface PromptCompletion {
  prompt: readonly number[];
  completion: readonly number[];
}

/** Two completions of a prompt, as ids, of which the first is better. */
export interface Preference {
  prompt: readonly number[];
  chosen: readonly number[];
  rejected: readonly number[];
  /** By how much it is better. @default not known */
  margin?: number;
}

/** Texts of one length, padded with 0 behind their ends: what comes later is not seen. */
export interface Rows extends Readonly<Record<string, Tensor>> {
  /** (B, T) int64 */
  readonly ids: Tensor;
  /** (B, T − 1) of float32: 1 where the token that follows belongs to the completion. */
  readonly mask: Tensor;
  /** The place of the last token, (B) int64. */
  readonly last: Tensor;
}

/** @throws {ArgumentError} A completion is empty, or a text is longer than `length`. @throws {OutOfRangeError} An id beyond the vocabulary. */
export function toRows(argument: string, texts: readonly PromptCompletion[], length: number, vocabularySize: number): Rows {
  const ids = new Float64Array(texts.length * length);
  const mask = new Float32Array(texts.length * (length - 1));
  const last = texts.map(({ prompt, completion }, row) => {
    const name = `${argument}[${row}]`;
    const whole = [
      ...Array.from(checkIndices(`${name}.prompt`, prompt, vocabularySize)),
      ...Array.from(checkIndices(name, completion, vocabularySize)),
    ];
    if (prompt.length === 0) throw argumentError(`${name}.prompt`, "at least one id", prompt);
    if (completion.length === 0) throw argumentError(name, "a completion of at least one id", completion);
    if (whole.length > length) {
      throw argumentError(name, `at most ${length} ids with its prompt`, whole, { hint: "cut it, or pass a larger maxLength" });
    }
    ids.set(whole, row * length);
    mask.fill(1, row * (length - 1) + prompt.length - 1, row * (length - 1) + whole.length - 1);
    return whole.length - 1;
  });
  return {
    ids: tensor(ids, { shape: [texts.length, length], dtype: "int64" }),
    mask: tensor(mask, { shape: [texts.length, length - 1] }),
    last: tensor(last, { dtype: "int64" }),
  };
}

/** Rows as long as the longest of the texts. */
export function rowsFor(argument: string, texts: readonly PromptCompletion[], { contextLength, vocabularySize }: Policy["config"]): Rows {
  return toRows(argument, texts, lengthFor(texts, contextLength), vocabularySize);
}

/** The longest of the texts, in steps of 8, so that sets of much the same lengths share a graph. */
export function lengthFor(texts: readonly PromptCompletion[], contextLength: number): number {
  const count = (ids: readonly number[] | undefined): number => ids?.length ?? 0; // of what is missing toRows tells
  const longest = Math.max(...texts.map(({ prompt, completion }) => count(prompt) + count(completion)));
  return Math.min(contextLength, Math.max(8, Math.ceil(longest / 8) * 8));
}

export function checkPreferences(argument: string, preferences: unknown): readonly Preference[] {
  const hint = "pass { prompt, chosen, rejected }, each an array of ids";
  return checkArray(argument, preferences, (name, item) => checkObject(name, item, { hint }) as unknown as Preference, {
    allowEmpty: false,
    hint,
  });
}
