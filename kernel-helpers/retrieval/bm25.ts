/**
 * BM25, the keyword search to beat — Robertson and Zaragoza 2009, eq. 3.15, with Lucene's idf, which is never negative. A term counts more
 * the rarer it is; a second occurrence counts less than the first (k1); long texts are discounted (b).
 */
import { argumentError, checkArray, checkFunction, checkInteger, checkNumber, checkOptions, checkText } from "../runtime/check.ts";
import { TopK } from "./top-k.ts";
import { words } from "./words.ts";

export interface Bm25Options {
  /** How slowly repeated occurrences saturate, ≥ 0. @default 1.2 */
  k1?: number;
  /** How much the length of a text is discounted, 0 to 1. @default 0.75 */
  b?: number;
  /** Text → terms. @default words(): words, and characters and pairs of them for Chinese and Japanese */
  tokenize?: (text: string) => readonly string[];
}

export interface KeywordMatch {
  /** Position of the text in what the index was built from. */
  index: number;
  score: number;
}

interface Posting {
  texts: number[];
  /** Share of the score for each of these texts, before idf: it does not depend on the query. */
  weights: number[];
}

/**
 * @example
 * const index = new Bm25(['退货政策', 'Shipping times'])
 * index.search('怎么退货', { topK: 5 })   // [{ index: 0, score: … }]
 */
export class Bm25 {
  readonly length: number;
  readonly #k1: number;
  readonly #tokenize: (text: string) => readonly string[];
  readonly #postings = new Map<string, Posting>();

  /** @throws {ArgumentError} A text that is not a string, or an option out of range. */
  constructor(texts: readonly string[], options: Bm25Options = {}) {
    checkArray("texts", texts, checkText);
    checkOptions("options", options, ["k1", "b", "tokenize"]);
    const k1 = checkNumber("k1", options.k1 ?? 1.2, { min: 0, max: 1e6 });
    const b = checkNumber("b", options.b ?? 0.75, { min: 0, max: 1 });
    this.length = texts.length;
    this.#k1 = k1;
    this.#tokenize = checkFunction("tokenize", options.tokenize ?? words);
    const termsOf = texts.map((text) => this.#termsOf(text));
    const meanLength = termsOf.reduce((sum, terms) => sum + terms.length, 0) / texts.length;
    for (const [index, terms] of termsOf.entries()) {
      const counts = new Map<string, number>();
      for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
      const saturation = k1 * (1 - b + (b * terms.length) / meanLength);
      for (const [term, count] of counts) {
        const posting = this.#postings.get(term) ?? { texts: [], weights: [] };
        posting.texts.push(index);
        posting.weights.push((count * (k1 + 1)) / (count + saturation));
        this.#postings.set(term, posting);
      }
    }
  }

  /** The texts that share a term with the query, best first; equal scores in the order of the texts. */
  search(query: string, options: { topK?: number } = {}): KeywordMatch[] {
    checkText("query", query);
    checkOptions("options", options, ["topK"]);
    const topK = checkInteger("topK", options.topK ?? 10, { min: 1 });
    const scores = new Float64Array(this.length);
    for (const term of new Set(this.#termsOf(query))) {
      const posting = this.#postings.get(term);
      if (!posting) continue;
      const idf = this.#idf(posting.texts.length);
      for (const [at, text] of posting.texts.entries()) scores[text]! += idf * posting.weights[at]!;
    }
    const best = new TopK(topK);
    for (const [index, score] of scores.entries()) if (score > 0) best.offer(score, index);
    return best.sorted();
  }

  /**
   * What no text can exceed: the score of one that has every term of the query, over and over. A score divided by it, from 0 to 1, can be compared from query to
   * query. Terms that no text has count as the rarest.
   */
  bound(query: string): number {
    checkText("query", query);
    let bound = 0;
    for (const term of new Set(this.#termsOf(query))) bound += this.#idf(this.#postings.get(term)?.texts.length ?? 0) * (this.#k1 + 1);
    return bound;
  }

  #idf(count: number): number {
    return Math.log(1 + (this.length - count + 0.5) / (count + 0.5));
  }

  #termsOf(text: string): readonly string[] {
    const terms: unknown = this.#tokenize(text);
    if (Array.isArray(terms) && terms.every((term) => typeof term === "string")) return terms as string[];
    throw argumentError("what tokenize returns", "an array of strings", terms, {
      hint: "text.match(…) is null where nothing matches: add ?? []",
    });
  }
}
