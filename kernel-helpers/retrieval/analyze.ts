/** What a text is cut into before BM25 counts: words(), without those that say nothing, and English ones by their stems. */
import { stemmer } from "stemmer";
import { checkBoolean, checkOptions, checkText } from "../runtime/check.ts";
import { stopWords } from "./stop-words.ts";
import { words } from "./words.ts";

export interface AnalyzerOptions {
  /** English words by their stems (Porter 1980): "expenses", "expense" and "expensed" are one term. @default true */
  stem?: boolean;
  /** Leave out words that say nothing of the subject: "the", "how", "的", "什么". @default true */
  stopWords?: boolean;
}

const english = /^[a-z]+(?:'[a-z]+)?$/;

/**
 * A function for Bm25's `tokenize`. On the handbook's questions it finds 66 % at rank 1 where words() finds 63 %; of questions and passages in English 77 and 70 %.
 * Chinese stays in characters and pairs: words of the Unicode library's dictionary find less (82 against 84 %), and beside pairs they add nothing.
 *
 * @example
 * const index = new Bm25(texts, { tokenize: analyzer() })
 * analyzer()('How are expenses claimed?') // ['expens', 'claim']
 */
export function analyzer(options: AnalyzerOptions = {}): (text: string) => string[] {
  checkOptions("options", options, ["stem", "stopWords"]);
  const stems = checkBoolean("stem", options.stem ?? true);
  const leavesOut = checkBoolean("stopWords", options.stopWords ?? true);
  return (text) => {
    const terms = words(checkText("text", text));
    const kept = leavesOut ? terms.filter((term) => !stopWords.has(term)) : terms;
    return stems ? kept.map((term) => (english.test(term) ? stemmer(term.replace(/'s?$/, "")) : term)) : kept;
  };
}
