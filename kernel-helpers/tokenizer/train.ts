/** Training from texts: count the words, learn the merges; stoppable, with progress. */
import { setImmediate } from "node:timers/promises";
import { ArgumentError } from "../errors.ts";
import {
  argumentError,
  checkArray,
  checkFunction,
  checkInstance,
  checkInteger,
  checkOptions,
  checkSignal,
  checkText,
  isWellFormed,
} from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { createProgress } from "../runtime/progress.ts";
import { learnMerges } from "./learn-merges.ts";
import { gpt2Pattern, regexPattern, type Pattern } from "./pattern.ts";
import type { TokenizerFile } from "./tokenizer-json.ts";
import { WordTable } from "./word-table.ts";

export interface TrainOptions {
  /** Tokens in all: 256 bytes, special tokens and merges. Fewer when the texts have no more pairs that are frequent enough. At most 2,097,152. */
  vocabSize: number;
  /** A pair that occurs less often is not merged; an integer, 1 or more. @default 2 */
  minFrequency?: number;
  /** Tokens that do not stand for text, such as "<|endoftext|>"; they get the first ids. Each has two characters or more. @default none */
  specialTokens?: readonly string[];
  /**
   * Merges stay within the matches of this expression and what is between them. It is read as tokenizer.json's patterns are: \s, \d and \w are
   * Unicode's, and ^ and $ match at the ends of lines. @default GPT-2's pattern
   */
  pattern?: RegExp;
  /** Called instead of the progress display. */
  onProgress?: (state: { merges: number; total: number }) => void;
  signal?: AbortSignal;
}

/** The event loop gets its turn this often, so that ■ is heard. */
const sliceMs = 40;
const largestVocabulary = 2 ** 21;
const optionNames: readonly (keyof TrainOptions)[] = ["vocabSize", "minFrequency", "specialTokens", "pattern", "onProgress", "signal"];

export async function trainOn(texts: Iterable<string>, options: TrainOptions): Promise<TokenizerFile> {
  checkTexts(texts);
  checkTrainOptions(options);
  const { vocabSize, minFrequency = 2, specialTokens = [], onProgress } = options;
  const pattern = options.pattern ? ownPattern(options.pattern) : gpt2Pattern;
  const total = vocabSize - 256 - specialTokens.length;
  const progress = onProgress ? undefined : createProgress({ label: "training BPE", total, unit: "merges" });
  using interrupt = await interruptible(options.signal);
  interrupt.signal.throwIfAborted();
  let slice = performance.now() + sliceMs;
  const breathe = async (): Promise<void> => {
    await setImmediate();
    interrupt.signal.throwIfAborted();
    slice = performance.now() + sliceMs;
  };
  try {
    const words = new WordTable();
    let index = 0;
    for (const text of typeof texts === "string" ? [texts] : texts) {
      checkText(`texts[${index++}]`, text);
      const { bytes, length, endOf } = pattern.cut(text);
      for (let start = 0, count = 0; start < length; count++) {
        const end = endOf(start);
        words.count(bytes, start, end);
        start = end;
        if ((count & 0xfff) === 0 && performance.now() > slice) await breathe();
      }
    }
    const steps = learnMerges(words, { vocabSize, minFrequency, specialTokens });
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return { vocabulary: step.value, pattern };
      progress?.update(step.value);
      onProgress?.({ merges: step.value, total });
      if (performance.now() > slice) await breathe();
    }
  } finally {
    progress?.close();
  }
}

function checkTexts(texts: unknown): void {
  if (typeof texts === "string" || (typeof texts === "object" && texts !== null && Symbol.iterator in texts)) return;
  throw argumentError("texts", "an array of strings, or another iterable of them", texts);
}

function checkTrainOptions(options: TrainOptions): void {
  checkOptions("options", options ?? {}, optionNames);
  const { vocabSize, minFrequency = 2, specialTokens = [], pattern, onProgress, signal } = options ?? {};
  checkArray("specialTokens", specialTokens, (name, token) => {
    if (checkText(name, token).length < 2)
      throw argumentError(name, "two characters or more", token, { hint: 'write it like "<|endoftext|>"' });
    if (!isWellFormed(token as string)) throw argumentError(name, "Unicode text", token, { hint: "half of a surrogate pair is not text" });
  });
  const twice = specialTokens.find((token, index) => specialTokens.indexOf(token) !== index);
  if (twice !== undefined) {
    throw new ArgumentError(`specialTokens has ${JSON.stringify(twice)} twice`, {
      hint: "list each once",
      facts: { argument: "specialTokens", value: twice },
    });
  }
  const least = 256 + specialTokens.length;
  const hint = `pass an integer from ${least}, the 256 bytes and the special tokens, to ${largestVocabulary}`;
  checkInteger("vocabSize", vocabSize, { min: least, max: largestVocabulary, hint });
  checkInteger("minFrequency", minFrequency, { min: 1 });
  if (pattern !== undefined) checkInstance("pattern", pattern, RegExp, { expected: "a regular expression" });
  if (onProgress !== undefined) checkFunction("onProgress", onProgress);
  checkSignal("signal", signal);
}

function ownPattern(expression: RegExp): Pattern {
  if (!/^g?u$/.test(expression.flags)) {
    throw new ArgumentError(`the pattern ${String(expression)} has other flags than u`, {
      hint: "write it as /…/u: tokenizer.json has no flags",
      facts: { argument: "pattern", value: expression },
    });
  }
  return regexPattern([expression.source], "pattern");
}
