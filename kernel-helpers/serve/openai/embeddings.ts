/** /v1/embeddings (platform.openai.com/docs/api-reference/embeddings) and /v1/rerank, as Jina's and Cohere's APIs have it. */
import type { FastifyRequest } from "fastify";
import type { Answering } from "../answering.ts";
import { invalid } from "../api-error.ts";
import type { Opened } from "../models/served-model.ts";

interface EmbeddingsBody {
  model: string;
  input: string | readonly string[];
  encoding_format?: "float" | "base64";
  dimensions?: number;
  prompt?: string;
}

export const embeddings =
  (answering: Answering) =>
  (request: FastifyRequest): Promise<object> => {
    const { model: modelId, input, encoding_format: format, dimensions, prompt } = request.body as EmbeddingsBody;
    const texts = typeof input === "string" ? [input] : input;
    return answering.run(request, modelId, "embeddings", async (opened, signal) => {
      const { model } = opened as Extract<Opened, { kind: "embeddings" }>;
      if (dimensions !== undefined && dimensions !== model.dimension) {
        throw invalid(`This model's vectors have ${model.dimension} dimensions`, "dimensions");
      }
      const matrix = await model.encode(texts, { signal, onProgress: () => {}, ...(prompt !== undefined && { prompt }) });
      const tokens = texts.reduce((sum, text) => sum + model.tokenizer.encode(text).length, 0);
      const data = texts.map((_, index) => ({ object: "embedding", index, embedding: written(matrix.row(index), format) }));
      return { result: { object: "list", data, model: modelId, usage: { prompt_tokens: tokens, total_tokens: tokens } }, tokens };
    });
  };

/** Base64 of float32, little end first, as OpenAI's clients ask for it. */
function written(vector: Float32Array, format: "float" | "base64" = "float"): number[] | string {
  if (format === "float") return Array.from(vector);
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

interface RerankBody {
  model: string;
  query: string;
  documents: readonly (string | { text: string })[];
  top_n?: number;
  return_documents?: boolean;
}

export const rerank =
  (answering: Answering) =>
  (request: FastifyRequest): Promise<object> => {
    const { model: modelId, query, documents, top_n: most = Infinity, return_documents: returns } = request.body as RerankBody;
    const texts = documents.map((document) => (typeof document === "string" ? document : document.text));
    return answering.run(request, modelId, "rerank", async (opened, signal) => {
      const { model } = opened as Extract<Opened, { kind: "rerank" }>;
      const scores = await model.rerank(query, texts, { signal });
      const results = Array.from(scores, (score, index) => ({ index, relevance_score: score }))
        .sort((one, other) => other.relevance_score - one.relevance_score)
        .slice(0, most)
        .map((result) => (returns ? { ...result, document: { text: texts[result.index]! } } : result));
      return { result: { model: modelId, object: "list", results, usage: { total_documents: texts.length } }, tokens: 0 };
    });
  };
