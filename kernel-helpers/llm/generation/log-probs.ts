/** What a model thinks of tokens: their log-probabilities, and the perplexity of texts. */
import { bitsPerByte } from "../bits-per-byte.ts";
import type { TokenLogProb } from "../chat-model.ts";
import { promptChunk } from "../decoder/decoder.ts";
import { largestOf, logSoftmax } from "../sampler.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Context } from "./context.ts";

export interface PerplexityOptions {
  /** Tokens that the model sees at once. @default its context length */
  window?: number;
  /** Tokens by which the window moves on; a token in a later window is predicted from at least window − stride others. @default half the window */
  stride?: number;
  signal?: AbortSignal;
}

export interface Perplexity {
  /** e to the power of natsPerToken. */
  perplexity: number;
  /** Mean of −ln p over the tokens. */
  natsPerToken: number;
  /** The same by the length of the text in UTF-8, which compares models of different vocabularies. */
  bitsPerByte: number;
  /** How many tokens were predicted: all but the first of each text, which follows nothing. */
  tokens: number;
}

/** A token with its log-probability and the n likeliest. */
export function explainToken(
  logits: Float32Array,
  id: number,
  count: number,
  tokenizer: Tokenizer,
): { type: "token"; alternatives: TokenLogProb[] } & TokenLogProb {
  const logProbs = logSoftmax(logits);
  const explain = (one: number): TokenLogProb => ({
    id: one,
    text: tokenizer.has(one) ? tokenizer.tokens([one])[0]! : "",
    logProb: logProbs[one]!,
  });
  return { type: "token", ...explain(id), alternatives: count === 0 ? [] : largestOf(logits, count).map(explain) };
}

/**
 * ln p of each id but the first, given those before it that the window holds (T − 1). Windows of a text longer than one are as in
 * huggingface.co/docs/transformers/perplexity: each later one begins `stride` tokens on, and only its new tokens are scored.
 */
export async function scoreIds(
  context: Context,
  ids: readonly number[],
  { window, stride, signal }: { window: number; stride: number; signal: AbortSignal },
  onProgress: (tokens: number) => void,
): Promise<Float64Array> {
  const scores = new Float64Array(Math.max(0, ids.length - 1));
  const { vocabSize } = context.decoder.config;
  let scored = 1; // the first follows nothing
  for (let start = 0; scored < ids.length; start += stride) {
    const end = Math.min(ids.length, start + window);
    context.rewindTo([]);
    for (let at = start; at < end - 1;) {
      signal.throwIfAborted();
      const part = ids.slice(at, Math.min(end - 1, at + promptChunk));
      const logits = await context.read(part, { every: at + part.length >= scored, signal });
      for (let row = Math.max(0, scored - 1 - at); row < part.length; row++) {
        scores[at + row] = logProbOf(logits.subarray(row * vocabSize, (row + 1) * vocabSize), ids[at + row + 1]!);
      }
      at += part.length;
      scored = Math.max(scored, at + 1);
      onProgress(scored);
    }
  }
  return scores;
}

/** ln of the softmax of one logit. */
function logProbOf(logits: Float32Array, id: number): number {
  let highest = -Infinity;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return logits[id]! - highest - Math.log(sum);
}

/** @param bytes Length of the predicted tokens in UTF-8. */
export function toPerplexity(nats: number, tokens: number, bytes: number): Perplexity {
  const natsPerToken = nats / tokens;
  return { perplexity: Math.exp(natsPerToken), natsPerToken, bitsPerByte: bitsPerByte(natsPerToken, tokens, bytes), tokens };
}
