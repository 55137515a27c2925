/** Nearness of meaning: vectors of an encoder, in any vector store. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkBoolean, checkInstance, checkOptions } from "../../runtime/check.ts";
import { openStore, type Match, type VectorStore } from "../../retrieval/index.ts";
import type { Chunk } from "../chunking/chunk.ts";
import { languageOf, type TextLanguage } from "../language.ts";
import { checkChunks, checkRetrieve } from "./check.ts";
import { searchText, type Retrieved, type Retriever, type RetrieveOptions } from "./retriever.ts";

/** Texts → vectors. A SentenceEncoder is one. */
export interface Encoder {
  readonly name: string;
  /** How many numbers a vector has. */
  readonly dimension: number;
  /** For encoders that tell questions from passages, such as e5: what goes before a text, by names such as "query" and "passage". */
  readonly prompts?: Readonly<Record<string, string>>;
  /** One unit vector for each text, row after row; `prompt` is the name of one of its prompts. */
  encode(texts: readonly string[], options?: { prompt?: string; signal?: AbortSignal }): Promise<{ readonly data: Float32Array }>;
}

export class DenseRetriever implements Retriever, AsyncDisposable {
  readonly encoder: Encoder;
  readonly #chunks: ReadonlyMap<string, Chunk>;
  readonly #store: VectorStore;
  readonly #perLanguage: boolean;

  private constructor(encoder: Encoder, chunks: readonly Chunk[], store: VectorStore, perLanguage: boolean) {
    this.encoder = encoder;
    this.#perLanguage = perLanguage;
    this.#chunks = new Map(chunks.map((chunk) => [chunk.id, chunk]));
    this.#store = store;
  }

  /**
   * Encodes the chunks, and puts them into the store.
   *
   * @param options.vectors (chunks, dimension), where the chunks were encoded before.
   * @param options.perLanguage Search Chinese and other chunks apart, and let them take turns, those in the question's language first: encoders hold texts of one language
   *   nearer than texts of one meaning. With e5, of the handbook's questions whose answer is in the other language alone, 59 % are found within five chunks instead of
   *   4, and of all 85 instead of 76 %. @default false
   * @param options.store An empty store, or one with these chunks under their ids. @default one in memory
   */
  static async create(
    chunks: readonly Chunk[],
    encoder: Encoder,
    options: { vectors?: Float32Array; perLanguage?: boolean; store?: VectorStore; signal?: AbortSignal } = {},
  ): Promise<DenseRetriever> {
    checkChunks("chunks", chunks);
    checkEncoder("encoder", encoder);
    checkOptions("options", options, ["vectors", "perLanguage", "store", "signal"]);
    const perLanguage = checkBoolean("perLanguage", options.perLanguage ?? false);
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
      chunks.map(({ id, text }, row) => {
        return { id, vector: vectors.subarray(row * dimension, (row + 1) * dimension), metadata: { language: languageOf(text) } };
      }),
    );
    return new DenseRetriever(encoder, chunks, store, perLanguage);
  }

  async retrieve(query: string, options: RetrieveOptions = {}): Promise<Retrieved[]> {
    const { topK, onStep, signal } = checkRetrieve(query, options);
    const begun = performance.now();
    const { data } = await this.encoder.encode([query], encodeOptions(this.encoder, ["query"], signal));
    const matches = this.#perLanguage
      ? await this.#inTurns(data, topK, languageOf(query))
      : await this.#store.query({ vector: data, topK });
    const found = matches.flatMap(({ id, score }, place) => {
      const chunk = this.#chunks.get(id);
      return chunk ? [{ chunk, score: this.#perLanguage ? 1 / (place + 1) : score, relevance: { dense: score } }] : [];
    });
    onStep?.({ name: "dense", seconds: (performance.now() - begun) / 1000, found });
    return found;
  }

  /** The nearest of each language by turns. */
  async #inTurns(vector: Float32Array, topK: number, own: TextLanguage): Promise<Match[]> {
    const languages = own === "zh" ? (["zh", "en"] as const) : (["en", "zh"] as const);
    const rankings = await Promise.all(languages.map((language) => this.#store.query({ vector, topK, filter: { language } })));
    return Array.from({ length: topK }, (_, rank) => rankings.flatMap((ranking) => ranking[rank] ?? []))
      .flat()
      .slice(0, topK);
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
  return (await encoder.encode(chunks.map(searchText), encodeOptions(encoder, ["passage", "document"], signal))).data;
}

/** The first of these prompts that the encoder has. */
function encodeOptions(
  { prompts = {} }: Encoder,
  names: readonly string[],
  signal: AbortSignal | undefined,
): { prompt?: string; signal?: AbortSignal } {
  const prompt = names.find((name) => Object.hasOwn(prompts, name));
  return { ...(prompt !== undefined && { prompt }), ...(signal && { signal }) };
}

export function checkEncoder(argument: string, value: unknown): Encoder {
  const { encode, dimension } = (value ?? {}) as Partial<Encoder>;
  if (typeof encode === "function" && typeof dimension === "number") return value as Encoder;
  throw argumentError(argument, "an encoder", value, {
    hint: "pass one with encode(texts) and dimension, such as SentenceEncoder.load(…)",
  });
}
