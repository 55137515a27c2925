/** Many texts at once: the prompts are read one after the other, then the texts grow side by side; where one ends, the next prompt takes its place. */
import { interruptible } from "../../runtime/interrupt.ts";
import { createProgress } from "../../runtime/progress.ts";
import type { Part, Usage } from "../chat-model.ts";
import type { Context } from "./context.ts";
import { Continuation, type ContinuationOptions } from "./continuation.ts";
import { roomFor } from "./stream-parts.ts";

/** A whole text, and why it ended. */
export interface Generation {
  text: string;
  reason: "stop" | "length";
  usage: Usage;
}

/** Texts that grow side by side, unless an option says otherwise: more are a little faster, and take more memory. */
export const defaultBatchSize = 8;

/** @param optionsOf The options of one text; each has a sampler of its own. */
export async function generateAll(
  context: Context,
  prompts: readonly (readonly number[])[],
  optionsOf: () => ContinuationOptions,
  { batchSize, signal }: { batchSize: number; signal: AbortSignal | undefined },
): Promise<Generation[]> {
  const results: Generation[] = [];
  if (prompts.length === 0) return results;
  const waiting = prompts.map((ids, index) => {
    const options = optionsOf();
    return { ids, index, most: roomFor(context, `prompts[${index}]`, ids, options.maxNewTokens), options };
  });
  using _claim = context.claim();
  using interrupt = await interruptible(signal);
  const progress = createProgress({ label: "generation", total: prompts.length, unit: "texts" });
  const capacity = Math.max(...waiting.map(({ ids, most }) => ids.length + most));
  await using batch = await context.decoder.openBatch(Math.min(batchSize, prompts.length), capacity);
  const active: { continuation: Continuation; index: number; cachedTokens: number; parts: Part[] }[] = [];
  let done = 0;
  const finish = ({ continuation, index, cachedTokens, parts }: (typeof active)[number]): void => {
    results[index] = toGeneration([...parts, ...continuation.end({ cachedTokens })]);
    progress.update(++done);
  };
  try {
    while (waiting.length > 0 || active.length > 0) {
      while (waiting.length > 0 && active.length < batchSize) {
        const { ids, index, most, options } = waiting.shift()!;
        const { logits, cachedTokens } = await context.readPrompt(ids, interrupt.signal);
        const continuation = new Continuation(ids, most, options);
        const one = { continuation, index, cachedTokens, parts: [...continuation.take(logits)] };
        if (continuation.isDone) finish(one);
        else {
          await batch.add();
          active.push(one);
        }
      }
      if (active.length === 0) break;
      interrupt.signal.throwIfAborted();
      const logits = await batch.step(active.map(({ continuation }) => continuation.seen.at(-1)!));
      const { vocabSize } = context.decoder.config;
      for (let at = active.length - 1; at >= 0; at--) {
        const one = active[at]!;
        one.parts.push(...one.continuation.take(logits.subarray(at * vocabSize, (at + 1) * vocabSize)));
        if (!one.continuation.isDone) continue;
        finish(one);
        await batch.remove(at);
        const last = active.pop()!;
        if (at < active.length) active[at] = last;
      }
    }
  } finally {
    progress.close();
  }
  return results;
}

function toGeneration(parts: readonly Part[]): Generation {
  const finish = parts.at(-1) as Part & { type: "finish" };
  return { text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""), reason: finish.reason, usage: finish.usage };
}
