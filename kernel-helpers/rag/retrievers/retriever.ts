/** What finds chunks for a question, whichever way. */
import type { Chunk } from "../chunking/chunk.ts";

export interface Retrieved {
  chunk: Chunk;
  /** What the ranking is by; higher is better. What it measures differs from retriever to retriever. */
  score: number;
  /**
   * How relevant each search holds it to be, comparable from question to question: `keyword`: the share of the best score that BM25 could give, 0 to 1;
   * `dense`: the cosine; `rerank`: the reranker's score. What did not find it says nothing.
   */
  relevance: { keyword?: number; dense?: number; rerank?: number };
}

/** One step on the way from the question to what was found. */
export interface RetrievalStep {
  /** "keyword", "dense", "fused", "reranked", or what else a retriever calls it. */
  name: string;
  seconds: number;
  found: readonly Retrieved[];
}

export interface RetrieveOptions {
  /** How many chunks at most. @default 5 */
  topK?: number;
  /** Is told of each step. */
  onStep?: (step: RetrievalStep) => void;
  signal?: AbortSignal | undefined;
}

export interface Retriever {
  /** Best first. */
  retrieve(query: string, options?: RetrieveOptions): Promise<Retrieved[]>;
}

export const retrieveOptionNames: readonly (keyof RetrieveOptions)[] = ["topK", "onStep", "signal"];

/** What a search compares with the question: the text under its titles, for a chunk often leaves out what its heading says. */
export const searchText = ({ headings, text }: Chunk): string => {
  const missing = headings.filter((heading) => !text.includes(heading));
  return missing.length === 0 ? text : `${missing.join(" · ")}\n${text}`;
};
