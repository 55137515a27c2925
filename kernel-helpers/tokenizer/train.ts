/** Training from texts: count the words, learn the merges; stoppable, with progress. */
import { setImmediate } from "node:timers/promises";
import { ArgumentError } from "../errors.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { createProgress } from "../runtime/progress.ts";
import { learnMerges } from "./learn-merges.ts";
import { gpt2Pattern, regexPattern, type Pattern } from "./pattern.ts";
import { toJavaScript } from "./regex-dialect.ts";
import type { TokenizerFile } from "./tokenizer-json.ts";
import { WordTable } from "./word-table.ts";

export interface TrainOptions {
  /** Tokens in all: 256 bytes, special tokens and merges. Fewer when the texts have no more pairs that are frequent enough. */
  vocabSize: number;
  /** A pair that occurs less often is not merged. @default 2 */
  minFrequency?: number;
  /** Tokens that stand for no text, such as "<|endoftext|>"; they get the first ids. @default none */
  specialTokens?: readonly string[];
  /** Merges stay within the matches of this expression and what lies between them; \s is Unicode's white space. @default GPT-2's pattern */
  pattern?: RegExp;
  /** Called instead of the progress display. */
  onProgress?: (state: { merges: number; total: number }) => void;
  signal?: AbortSignal;
}

/** The event loop gets its turn this often, so that ■ is heard. */
const sliceMs = 40;

export async function trainOn(texts: Iterable<string>, options: TrainOptions): Promise<TokenizerFile> {
  const { vocabSize, minFrequency = 2, specialTokens = [], onProgress } = options;
  requireSizes(vocabSize, minFrequency, specialTokens);
  const pattern = options.pattern ? ownPattern(options.pattern) : gpt2Pattern;
  const total = vocabSize - 256 - specialTokens.length;
  const progress = onProgress ? undefined : createProgress({ label: "training BPE", total, unit: "merges" });
  using interrupt = await interruptible(options.signal);
  let slice = performance.now() + sliceMs;
  const breathe = async (): Promise<void> => {
    await setImmediate();
    interrupt.signal.throwIfAborted();
    slice = performance.now() + sliceMs;
  };
  try {
    const words = new WordTable();
    for (const text of typeof texts === "string" ? [texts] : texts) {
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

function requireSizes(vocabSize: number, minFrequency: number, specialTokens: readonly string[]): void {
  const least = 256 + specialTokens.length;
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > 1 << 21) {
    throw new ArgumentError(`vocabSize is ${vocabSize}`, {
      hint: `give a whole number from ${least}, one token a byte and special token, to ${1 << 21}`,
    });
  }
  if (!(minFrequency >= 1)) throw new ArgumentError(`minFrequency is ${minFrequency}`, { hint: "give 1 or more" });
  const twice = specialTokens.find((token, index) => token.length < 2 || specialTokens.indexOf(token) !== index);
  if (twice !== undefined) {
    throw new ArgumentError(`the special token ${JSON.stringify(twice)} is shorter than two characters or given twice`, {
      hint: 'give each once, like "<|endoftext|>"',
    });
  }
}

function ownPattern(expression: RegExp): Pattern {
  if (!/^g?u$/.test(expression.flags)) {
    throw new ArgumentError(`the pattern ${String(expression)} has other flags than u`, {
      hint: "write it as /…/u: tokenizer.json has no flags",
    });
  }
  return regexPattern(toJavaScript(expression.source, "pattern"), expression.source);
}
