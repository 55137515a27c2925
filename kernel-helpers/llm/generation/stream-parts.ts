/** The loop of generation: logits, a token, its text, and again. */
import { argumentError } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { Pace } from "../../runtime/pace.ts";
import type { Part } from "../chat-model.ts";
import type { Context } from "./context.ts";
import { Continuation, type ContinuationOptions } from "./continuation.ts";
import { guessBy, guessByLookup, Speculation } from "./draft.ts";

export interface Request extends ContinuationOptions {
  draft: Context | "lookup" | undefined;
}

/** Continues ids with what the request asks for. */
export async function* streamParts(context: Context, ids: readonly number[], request: Request): AsyncGenerator<Part, void> {
  const { draft, draftTokens, signal, maxNewTokens } = request;
  const most = roomFor(context.decoder.config.contextLength, "prompt", ids, maxNewTokens);
  using _claim = context.claim();
  using _draftClaim = typeof draft === "object" ? draft.claim() : undefined;
  using interrupt = await interruptible(signal);
  const continuation = new Continuation(ids, most, request);
  const speculation = new Speculation(context, draft === "lookup" ? guessByLookup : draft && guessBy(draft), draftTokens);
  const pace = draft === undefined && context.decoder.canDraw ? new Pace() : undefined;
  const { logits, cachedTokens } = await context.readPrompt(ids, interrupt.signal);
  interrupt.signal.throwIfAborted();
  yield* continuation.take(logits);
  while (!continuation.isDone) {
    interrupt.signal.throwIfAborted();
    const drawn = pace && (await drawSome(context, continuation, pace));
    if (drawn) for (const id of drawn) yield* continuation.isDone ? [] : continuation.accept(id);
    else yield* continuation.take(await speculation.after(continuation.seen, continuation.left, interrupt.signal));
  }
  const { draftTokens: guessed, acceptedTokens } = speculation;
  yield* continuation.end(draft === undefined ? { cachedTokens } : { cachedTokens, draftTokens: guessed, acceptedTokens });
}

/** Tokens that a device has drawn in one run; undefined where they have to be chosen here. */
async function drawSome(context: Context, continuation: Continuation, pace: Pace): Promise<number[] | undefined> {
  const settings = continuation.forDevice(Math.max(pace.steps, leastDrawn), context.decoder.config.vocabSize);
  if (!settings) return undefined;
  const start = performance.now();
  const ids = await context.draw(continuation.seen.at(-1)!, settings);
  pace.see(settings.points.length, (performance.now() - start) / 1000);
  return ids;
}

/** Copying the cache is worth it from about so many on. */
const leastDrawn = 8;

/**
 * How many new tokens there is room for.
 *
 * @param capacity Tokens of a prompt and its continuation.
 */
export function roomFor(capacity: number, argument: string, ids: readonly number[], maxNewTokens: number): number {
  if (ids.length === 0) throw argumentError(argument, "at least one token", "", { hint: "begin with a word, or with a special token" });
  const room = capacity - ids.length;
  if (room < 1) throw argumentError(argument, `shorter than ${capacity} tokens`, ids.length, { hint: "leave out the beginning" });
  return Math.min(maxNewTokens, room);
}
