/** Encoders: ours for LangChain, LangChain's for us. */
import { Embeddings, type EmbeddingsInterface } from "@langchain/core/embeddings";
import { ArgumentError } from "../errors.ts";
import { argumentError } from "../runtime/check.ts";
import type { Encoder } from "../rag/index.ts";

class EncoderEmbeddings extends Embeddings {
  readonly #encoder: Encoder;

  constructor(encoder: Encoder) {
    super({});
    this.#encoder = encoder;
  }

  async embedDocuments(texts: string[]): Promise<number[][]> {
    return this.#encode(texts.map((text) => `${this.#encoder.prompts?.passage ?? ""}${text}`));
  }

  async embedQuery(text: string): Promise<number[]> {
    return (await this.#encode([`${this.#encoder.prompts?.query ?? ""}${text}`]))[0]!;
  }

  async #encode(texts: readonly string[]): Promise<number[][]> {
    if (texts.length === 0) return [];
    const { dimension } = this.#encoder;
    const { data } = await this.#encoder.encode(texts);
    return texts.map((_, row) => Array.from(data.subarray(row * dimension, (row + 1) * dimension)));
  }
}

/**
 * An encoder, such as a SentenceEncoder, as LangChain's Embeddings.
 *
 * @example
 * const embeddings = toLangChainEmbeddings(await SentenceEncoder.load('all-MiniLM-L6-v2'))
 * await embeddings.embedQuery('camping in the rain') // 384 numbers
 */
export function toLangChainEmbeddings(encoder: Encoder): Embeddings {
  if (typeof (encoder as Encoder | undefined)?.encode !== "function") {
    throw argumentError("encoder", "an encoder", encoder, { hint: "such as SentenceEncoder.load(…)" });
  }
  return new EncoderEmbeddings(encoder);
}

/**
 * LangChain's Embeddings as an encoder. One text is embedded to learn the dimension. They tell questions from passages themselves; here all texts
 * count as passages, as for most models it makes no difference.
 *
 * @throws {ArgumentError} The embeddings are not LangChain's, or return vectors of different lengths.
 */
export async function fromLangChainEmbeddings(embeddings: EmbeddingsInterface): Promise<Encoder> {
  checkEmbeddings(embeddings);
  const dimension = (await embeddings.embedQuery("a")).length;
  return {
    name: embeddings.constructor.name,
    dimension,
    async encode(texts, options = {}) {
      options.signal?.throwIfAborted();
      const vectors = texts.length === 0 ? [] : await embeddings.embedDocuments([...texts]);
      const data = new Float32Array(texts.length * dimension);
      for (const [row, vector] of vectors.entries()) {
        if (vector.length !== dimension) {
          throw new ArgumentError(`the embeddings returned ${vector.length} numbers for a text, and ${dimension} for another`, {
            hint: "use embeddings of one model",
          });
        }
        data.set(vector, row * dimension);
      }
      return { data };
    },
  };
}

export function checkEmbeddings(embeddings: EmbeddingsInterface): void {
  if (typeof (embeddings as EmbeddingsInterface | undefined)?.embedQuery === "function") return;
  throw argumentError("embeddings", "Embeddings of LangChain", embeddings, {
    hint: "for an encoder of ours, toLangChainEmbeddings(encoder)",
  });
}
