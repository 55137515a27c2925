/** A vector store of ours as LangChain's. */
import { randomUUID } from "node:crypto";
import type { Document, DocumentInterface } from "@langchain/core/documents";
import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { maximalMarginalRelevance } from "@langchain/core/utils/math";
import { VectorStore, type MaxMarginalRelevanceSearchOptions } from "@langchain/core/vectorstores";
import { ArgumentError } from "../errors.ts";
import { argumentError } from "../runtime/check.ts";
import type { Filter, VectorStore as OurStore } from "../retrieval/index.ts";
import { toDocument, toMetadata } from "./documents.ts";
import { checkEmbeddings } from "./embeddings.ts";

/** What LangChain's delete takes here. */
interface Deletion {
  ids?: string[];
  filter?: Filter;
  deleteAll?: boolean;
}

class StoreAdapter extends VectorStore {
  declare FilterType: Filter;
  readonly #store: OurStore;

  constructor(store: OurStore, embeddings: EmbeddingsInterface) {
    super(embeddings, {});
    this.#store = store;
  }

  /** Asked for while the base class is made, when there is no store yet. */
  _vectorstoreType(): string {
    return "cairn";
  }

  async addDocuments(documents: DocumentInterface[], options?: { ids?: string[] }): Promise<string[]> {
    return this.addVectors(await this.embeddings.embedDocuments(documents.map(({ pageContent }) => pageContent)), documents, options);
  }

  /** Under `ids`, else under the documents' own, else under new ones. A document whose id is there is replaced. */
  async addVectors(vectors: number[][], documents: DocumentInterface[], options?: { ids?: string[] }): Promise<string[]> {
    if (vectors.length !== documents.length || (options?.ids && options.ids.length !== documents.length)) {
      throw new ArgumentError(`${documents.length} documents, ${vectors.length} vectors, ${options?.ids?.length ?? "no"} ids`, {
        hint: "pass one vector for each document, and one id or none at all",
      });
    }
    const ids = documents.map(({ id }, at) => options?.ids?.[at] ?? id ?? randomUUID());
    const metadata = documents.map((document, at) => toMetadata(`documents[${at}]`, document));
    await this.#store.upsert(ids.map((id, at) => ({ id, vector: vectors[at]!, metadata: metadata[at]! })));
    return ids;
  }

  override async delete({ ids, filter, deleteAll }: Deletion = {}): Promise<void> {
    if (deleteAll === true) await this.#store.clear();
    else if (ids) await this.#store.delete(ids);
    else if (filter) await this.#store.delete(filter);
    else throw new ArgumentError("delete() was not told what", { hint: "pass { ids }, { filter } or { deleteAll: true }" });
  }

  async getByIds(ids: string[]): Promise<Document[]> {
    return (await this.#store.get(ids)).map(({ id, metadata }) => toDocument(id, metadata));
  }

  async similaritySearchVectorWithScore(vector: number[], topK: number, filter?: Filter): Promise<[Document, number][]> {
    const matches = await this.#store.query({ vector, topK, ...(filter && { filter }) });
    return matches.map(({ id, score, metadata }) => [toDocument(id, metadata), score]);
  }

  override async maxMarginalRelevanceSearch(query: string, options: MaxMarginalRelevanceSearchOptions<Filter>): Promise<Document[]> {
    const { k, fetchK = 20, lambda = 0.5, filter } = options;
    const vector = await this.embeddings.embedQuery(query);
    const matches = await this.#store.query({ vector, topK: Math.max(k, fetchK), includeVectors: true, ...(filter && { filter }) });
    const chosen = maximalMarginalRelevance(vector, matches.map(({ vector: found }) => Array.from(found!)), lambda, k); // prettier-ignore
    return chosen.map((at) => toDocument(matches[at]!.id, matches[at]!.metadata));
  }
}

/** LangChain's VectorStore, and what its Python twin has besides. */
export type LangChainVectorStore = VectorStore & {
  /** In the order of the ids; those that do not exist are left out. */
  getByIds(ids: string[]): Promise<DocumentInterface[]>;
};

/**
 * A store as LangChain's VectorStore: asRetriever(), similaritySearch(), maxMarginalRelevanceSearch() and delete() are what they are there. Filters are
 * ours, whichever the store. Scores are the store's: higher is nearer.
 *
 * @example
 * const store = await openStore({ kind: 'lancedb', path: 'handbook', dimension: 384 })
 * const vectorStore = toLangChainStore(store, toLangChainEmbeddings(encoder))
 * await vectorStore.addDocuments(documents)
 * await vectorStore.similaritySearch('How many days of leave?', 3, { language: 'en' })
 */
export function toLangChainStore(store: OurStore, embeddings: EmbeddingsInterface): LangChainVectorStore {
  if (typeof (store as OurStore | undefined)?.query !== "function") {
    throw argumentError("store", "a vector store", store, { hint: "such as openStore({ … }) returns" });
  }
  checkEmbeddings(embeddings);
  return new StoreAdapter(store, embeddings);
}
