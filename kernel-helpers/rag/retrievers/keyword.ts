/** BM25 over chunks. */
import { checkFunction, checkOptions } from "../../runtime/check.ts";
import { analyzer, Bm25 } from "../../retrieval/index.ts";
import type { Chunk } from "../chunking/chunk.ts";
import { checkChunks, checkRetrieve } from "./check.ts";
import { searchText, type Retrieved, type Retriever, type RetrieveOptions } from "./retriever.ts";

export class KeywordRetriever implements Retriever {
  readonly chunks: readonly Chunk[];
  readonly #index: Bm25;

  /** @param options.tokenize Text → terms. @default analyzer(): stems, no stop words, Chinese in pairs */
  constructor(chunks: readonly Chunk[], options: { tokenize?: (text: string) => readonly string[] } = {}) {
    this.chunks = checkChunks("chunks", chunks);
    checkOptions("options", options, ["tokenize"]);
    const tokenize = checkFunction("tokenize", options.tokenize ?? analyzer());
    this.#index = new Bm25(chunks.map(searchText), { tokenize });
  }

  async retrieve(query: string, options: RetrieveOptions = {}): Promise<Retrieved[]> {
    const { topK, onStep } = checkRetrieve(query, options);
    const begun = performance.now();
    const bound = this.#index.bound(query);
    const found = this.#index.search(query, { topK }).map(({ index, score }) => {
      return { chunk: this.chunks[index]!, score, relevance: { keyword: score / bound } };
    });
    onStep?.({ name: "keyword", seconds: (performance.now() - begun) / 1000, found });
    return found;
  }
}
