/** The loop of generation: logits, a token, its text, and again. */
import { argumentError } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import type { BpeTokenizer } from "../../tokenizer/index.ts";
import type { Part } from "../chat-model.ts";
import { TextStream } from "../text-stream.ts";
import type { Context } from "./context.ts";
import { explainToken } from "./log-probs.ts";
import type { Request } from "./options.ts";

export interface Speaker {
  context: Context;
  tokenizer: BpeTokenizer;
  /** Tokens that end an answer. */
  endIds: ReadonlySet<number>;
}

/** Continues ids with what the request asks for. */
export async function* streamParts(
  { context, tokenizer, endIds }: Speaker,
  ids: readonly number[],
  request: Request,
): AsyncGenerator<Part, void> {
  const { sampler, stop, logProbs, signal } = request;
  const { contextLength } = context.decoder.config;
  if (ids.length === 0) throw argumentError("prompt", "at least one token", "", { hint: "begin with a word, or with a special token" });
  const most = Math.min(request.maxNewTokens, contextLength - ids.length);
  if (most < 1) throw argumentError("prompt", `shorter than ${contextLength} tokens`, ids.length, { hint: "leave out the beginning" });
  using _claim = context.claim();
  using interrupt = await interruptible(signal);
  const stream = new TextStream(stop);
  let { logits, cachedTokens } = await context.readPrompt(ids, interrupt.signal);
  const seen = [...ids];
  let reason: "stop" | "length" = "length";
  while (reason === "length" && seen.length - ids.length < most) {
    interrupt.signal.throwIfAborted();
    const id = sampler.next(logits, seen);
    seen.push(id);
    if (logProbs !== undefined) yield explainToken(logits, id, logProbs, tokenizer);
    const isEnd = endIds.has(id);
    const text = isEnd || !tokenizer.has(id) ? "" : stream.push(tokenizer.bytesOf(id));
    if (text !== "") yield { type: "text", text };
    if (isEnd || stream.isStopped) reason = "stop";
    else if (seen.length - ids.length < most) logits = await context.read([id], { signal: interrupt.signal });
  }
  const rest = stream.end();
  if (rest !== "") yield { type: "text", text: rest };
  yield { type: "finish", reason, usage: { promptTokens: ids.length, cachedTokens, newTokens: seen.length - ids.length } };
}
