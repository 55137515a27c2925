/** Nearness of meaning: vectors of an encoder, in any vector store. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkInstance, checkOptions } from "../../runtime/check.ts";
import { openStore, type VectorStore } from "../../retrieval/index.ts";
import type { Chunk } from "../chunking/chunk.ts";
import { checkChunks, checkRetrieve } from "./check.ts";
import { searchText, type Retrieved, type Retriever, type RetrieveOptions } from "./retriever.ts";

/** Texts → vectors. A SentenceEncoder is one. */
export interface Encoder {
  readonly name: string;
  /** How many numbers a vector has. */
  readonly dimension: number;
  /** One unit vector for each text, row after row. */
  encode(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<{ readonly data: Float32Array }>;
  /** For encoders that tell questions from passages, such as e5: what goes before a text of each kind. */
  readonly prompts?: { readonly query?: string; readonly passage?: string };
}

export class DenseRetriever implements Retriever, AsyncDisposable {
  readonly encoder: Encoder;
  readonly #chunks: ReadonlyMap<string, Chunk>;
  readonly #store: VectorStore;

  private constructor(encoder: Encoder, chunks: readonly Chunk[], store: VectorStore) {
    this.encoder = encoder;
    this.#chunks = new Map(chunks.map((chunk) => [chunk.id, chunk]));
    this.#store = store;
  }

  /**
   * Encodes the chunks, and puts them into the store.
   *
   * @param options.vectors (chunks, dimension), where the chunks were encoded before.
   * @param options.store An empty store, or one with these chunks under their ids. @default one in memory
   */
  static async create(
    chunks: readonly Chunk[],
    encoder: Encoder,
    options: { vectors?: Float32Array; store?: VectorStore; signal?: AbortSignal } = {},
  ): Promise<DenseRetriever> {
    checkChunks("chunks", chunks);
    checkEncoder("encoder", encoder);
    checkOptions("options", options, ["vectors", "store", "signal"]);
    const { dimension } = encoder;
    const vectors = options.vectors ?? (await encodePassages(encoder, chunks, options.signal));
    checkInstance("vectors", vectors, Float32Array);
    if (vectors.length !== chunks.length * dimension) {
      throw new ArgumentError(`vectors must have ${chunks.length} × ${dimension} numbers, got ${vectors.length}`, {
        hint: "pass the vectors of these chunks by this encoder",
        facts: { argument: "vectors", expected: chunks.length * dimension, value: vectors.length },
      });
    }
    const store = options.store ?? (await openStore({ kind: "memory", dimension }));
    await store.upsert(
      chunks.map(({ id }, row) => ({ id, vector: vectors.subarray(row * dimension, (row + 1) * dimension), metadata: {} })),
    );
    return new DenseRetriever(encoder, chunks, store);
  }

  async retrieve(query: string, options: RetrieveOptions = {}): Promise<Retrieved[]> {
    const { topK, onStep, signal } = checkRetrieve(query, options);
    const begun = performance.now();
    const { data } = await this.encoder.encode([`${this.encoder.prompts?.query ?? ""}${query}`], signal && { signal });
    const matches = await this.#store.query({ vector: data, topK });
    const found = matches.flatMap(({ id, score }) => {
      const chunk = this.#chunks.get(id);
      return chunk ? [{ chunk, score, relevance: { dense: score } }] : [];
    });
    onStep?.({ name: "dense", seconds: (performance.now() - begun) / 1000, found });
    return found;
  }

  /** Closes the store; the encoder stays open. */
  async close(): Promise<void> {
    await this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @returns (chunks, dimension) */
export async function encodePassages(encoder: Encoder, chunks: readonly Chunk[], signal?: AbortSignal): Promise<Float32Array> {
  if (chunks.length === 0) return new Float32Array(0);
  const before = encoder.prompts?.passage ?? "";
  const { data } = await encoder.encode(
    chunks.map((chunk) => `${before}${searchText(chunk)}`),
    signal && { signal },
  );
  return data;
}

export function checkEncoder(argument: string, value: unknown): Encoder {
  const { encode, dimension } = (value ?? {}) as Partial<Encoder>;
  if (typeof encode === "function" && typeof dimension === "number") return value as Encoder;
  throw argumentError(argument, "an encoder", value, {
    hint: "pass one with encode(texts) and dimension, such as SentenceEncoder.load(…)",
  });
}
