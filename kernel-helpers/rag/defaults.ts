/** What `cairn index` and `cairn ask` take where nothing else is said: decided here alone. */
import type { Encoder } from "./retrievers/dense.ts";

/** Chinese and English, and small enough for a CPU. */
export const defaultModel = "Qwen2.5-Coder-0.5B-Instruct";

/**
 * The encoder beside BM25. Of the handbook's questions BM25 alone finds 72.1 % within five chunks, fused with this one, language by language, 81 %. With all-MiniLM-L6-v2,
 * which reads no Chinese, it would be 60 %.
 */
export const defaultEncoder = "multilingual-e5-small";

/** Encoders by name; loaded only where one is used, for it takes a second. */
export async function loadEncoder(name: string, signal?: AbortSignal): Promise<Encoder & AsyncDisposable> {
  const { SentenceEncoder } = await import("../embeddings/index.ts");
  return SentenceEncoder.load(name, { device: "cpu", ...(signal && { signal }) });
}

/** Chunks for each question, and tokens of the prompt: what a CPU reads in some seconds. */
export const defaultTopK = 4;
export const defaultBudget = 1500;
