/** Retrievers: ours for LangChain, LangChain's for us; and a VectorStore of LangChain as a retriever with scores. */
import type { CallbackManagerForRetrieverRun } from "@langchain/core/callbacks/manager";
import type { DocumentInterface } from "@langchain/core/documents";
import { BaseRetriever, type BaseRetrieverInterface } from "@langchain/core/retrievers";
import type { VectorStoreInterface } from "@langchain/core/vectorstores";
import { argumentError, checkInteger, checkOptions } from "../runtime/check.ts";
import type { Retrieved, RetrieveOptions, Retriever } from "../rag/index.ts";
import { toChunk, toLangChainDocument } from "./documents.ts";

class RetrieverAdapter extends BaseRetriever {
  readonly lc_namespace = ["cairn", "retrievers"];
  readonly #retriever: Retriever;
  readonly #topK: number;

  constructor(retriever: Retriever, topK: number) {
    super({});
    this.#retriever = retriever;
    this.#topK = topK;
  }

  override async _getRelevantDocuments(query: string, _run?: CallbackManagerForRetrieverRun): Promise<DocumentInterface[]> {
    const chunks = await this.#retriever.retrieve(query, { topK: this.#topK });
    return chunks.map(({ chunk }) => toLangChainDocument(chunk));
  }
}

/**
 * A retriever of the room `rag` as LangChain's BaseRetriever, for its chains and agents.
 *
 * @param options.topK How many documents at most. @default 5
 */
export function toLangChainRetriever(retriever: Retriever, options: { topK?: number } = {}): BaseRetriever {
  if (typeof (retriever as Retriever | undefined)?.retrieve !== "function") {
    throw argumentError("retriever", "a retriever", retriever, { hint: "such as HybridRetriever of kernel-helpers/rag" });
  }
  checkOptions("options", options, ["topK"]);
  return new RetrieverAdapter(retriever, checkInteger("topK", options.topK ?? 5, { min: 1 }));
}

/**
 * LangChain's retriever for the room `rag`. Each document becomes a chunk. How many it finds it decides itself; of those the first `topK` are kept.
 * It gives no scores, so the score is the rank's inverse, 1, 1/2, 1/3 …
 */
export function fromLangChainRetriever(retriever: BaseRetrieverInterface): Retriever {
  if (typeof (retriever as BaseRetrieverInterface | undefined)?.invoke !== "function") {
    throw argumentError("retriever", "a retriever of LangChain", retriever, { hint: "such as vectorStore.asRetriever()" });
  }
  return {
    retrieve: (query, options = {}) =>
      found(options, async (topK) => {
        const documents = await retriever.invoke(query, options.signal ? { signal: options.signal } : {});
        return documents.slice(0, topK).map((document, rank) => ({ chunk: toChunk(document), score: 1 / (rank + 1), relevance: {} }));
      }),
  };
}

/** LangChain's VectorStore for the room `rag`, with its own scores; whether higher is nearer depends on the store. */
export function fromLangChainStore(store: VectorStoreInterface): Retriever {
  if (typeof (store as VectorStoreInterface | undefined)?.similaritySearchWithScore !== "function") {
    throw argumentError("store", "a VectorStore of LangChain", store, { hint: "such as MemoryVectorStore" });
  }
  return {
    retrieve: (query, options = {}) =>
      found(options, async (topK) => {
        const documents = await store.similaritySearchWithScore(query, topK);
        return documents.map(([document, score]) => ({ chunk: toChunk(document), score, relevance: {} }));
      }),
  };
}

async function found(options: RetrieveOptions, search: (topK: number) => Promise<Retrieved[]>): Promise<Retrieved[]> {
  checkOptions("options", options, ["topK", "onStep", "signal"]);
  options.signal?.throwIfAborted();
  const begun = performance.now();
  const results = await search(checkInteger("topK", options.topK ?? 5, { min: 1 }));
  options.onStep?.({ name: "LangChain", seconds: (performance.now() - begun) / 1000, found: results });
  return results;
}
