/**
 * BM25, the keyword search to beat — Robertson and Zaragoza 2009, eq. 3.15, with Lucene's idf, which is never negative. A term counts more
 * the rarer it is; a second occurrence counts less than the first (k1); long texts are discounted (b).
 */
import { ArgumentError } from "../errors.ts";
import { TopK } from "./memory/heap.ts";
import { words } from "./words.ts";

export interface Bm25Options {
  /** How slowly repeated occurrences saturate. @default 1.2 */
  k1?: number;
  /** How much the length of a text is discounted, 0 to 1. @default 0.75 */
  b?: number;
  /** Text → terms. @default words(): words, and characters and pairs of them for Chinese */
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
  readonly #tokenize: (text: string) => readonly string[];
  readonly #postings = new Map<string, Posting>();

  constructor(texts: readonly string[], { k1 = 1.2, b = 0.75, tokenize = words }: Bm25Options = {}) {
    if (!(k1 >= 0) || !(b >= 0 && b <= 1)) {
      throw new ArgumentError(`k1 is ${k1} and b is ${b}`, { hint: "k1 is 0 or more, b lies between 0 and 1" });
    }
    this.length = texts.length;
    this.#tokenize = tokenize;
    const termsOf = texts.map((text) => tokenize(text));
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

  /** The texts that share a term with the query, best first. */
  search(query: string, { topK = 10 }: { topK?: number } = {}): KeywordMatch[] {
    if (!Number.isInteger(topK) || topK < 1) throw new ArgumentError(`topK is ${topK}`, { hint: "topK is a whole number from 1" });
    const scores = new Float64Array(this.length);
    for (const term of new Set(this.#tokenize(query))) {
      const posting = this.#postings.get(term);
      if (!posting) continue;
      const idf = Math.log(1 + (this.length - posting.texts.length + 0.5) / (posting.texts.length + 0.5));
      for (const [at, text] of posting.texts.entries()) scores[text]! += idf * posting.weights[at]!;
    }
    const best = new TopK(topK);
    for (const [index, score] of scores.entries()) if (score > 0) best.offer(score, index);
    return best.sorted().map(({ slot, similarity }) => ({ index: slot, score: similarity }));
  }
}
