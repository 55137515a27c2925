/** The loop of generation: logits, a token, its text, and again. */
import { argumentError } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import type { BpeTokenizer } from "../../tokenizer/index.ts";
import type { Part } from "../chat-model.ts";
import type { Constraint } from "../constrain/constraint.ts";
import { TextStream } from "../text-stream.ts";
import type { Context } from "./context.ts";
import { guessBy, guessByLookup, Speculation } from "./draft.ts";
import { explainToken } from "./log-probs.ts";
import type { CheckedOptions } from "./options.ts";

export interface Speaker {
  context: Context;
  tokenizer: BpeTokenizer;
  /** Tokens that end an answer. */
  endIds: ReadonlySet<number>;
}

export interface Request extends CheckedOptions {
  constraint: Constraint | undefined;
  draft: Context | "lookup" | undefined;
}

/** Continues ids with what the request asks for. */
export async function* streamParts(
  { context, tokenizer, endIds }: Speaker,
  ids: readonly number[],
  request: Request,
): AsyncGenerator<Part, void> {
  const { sampler, stop, logProbs, constraint, draft, draftTokens, signal } = request;
  const { contextLength } = context.decoder.config;
  if (ids.length === 0) throw argumentError("prompt", "at least one token", "", { hint: "begin with a word, or with a special token" });
  const most = Math.min(request.maxNewTokens, contextLength - ids.length);
  if (most < 1) throw argumentError("prompt", `shorter than ${contextLength} tokens`, ids.length, { hint: "leave out the beginning" });
  using _claim = context.claim();
  using _draftClaim = typeof draft === "object" ? draft.claim() : undefined;
  using interrupt = await interruptible(signal);
  const stream = new TextStream(stop);
  const constrained = constraint?.begin();
  const speculation = new Speculation(context, draft === "lookup" ? guessByLookup : draft && guessBy(draft), draftTokens);
  let { logits, cachedTokens } = await context.readPrompt(ids, interrupt.signal);
  const seen = [...ids];
  let reason: "stop" | "length" = "length";
  for (let left = most; left > 0; left--) {
    interrupt.signal.throwIfAborted();
    const allowed = constrained ? constrained.apply(logits, left, endIds) : logits;
    if (!allowed) {
      reason = "stop";
      break;
    }
    const id = sampler.next(allowed, seen);
    seen.push(id);
    if (logProbs !== undefined) yield explainToken(logits, id, logProbs, tokenizer);
    const isEnd = endIds.has(id);
    const bytes = isEnd || !tokenizer.has(id) ? undefined : tokenizer.bytesOf(id);
    const text = bytes ? stream.push(bytes) : "";
    if (bytes) constrained?.push(bytes);
    if (text !== "") yield { type: "text", text };
    if (isEnd || stream.isStopped || constrained?.isFinal) {
      reason = "stop";
      break;
    }
    if (left > 1) logits = await speculation.after(seen, left - 1, interrupt.signal);
  }
  const rest = stream.end();
  if (rest !== "") yield { type: "text", text: rest };
  const { draftTokens: guessed, acceptedTokens } = speculation;
  const usage = { promptTokens: ids.length, cachedTokens, newTokens: seen.length - ids.length };
  yield { type: "finish", reason, usage: draft === undefined ? usage : { ...usage, draftTokens: guessed, acceptedTokens } };
}
