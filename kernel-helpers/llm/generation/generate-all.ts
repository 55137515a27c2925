/** Many texts at once, side by side. */
import { interruptible } from "../../runtime/interrupt.ts";
import { createProgress } from "../../runtime/progress.ts";
import type { Part, Usage } from "../chat-model.ts";
import type { Context } from "./context.ts";
import type { ContinuationOptions } from "./continuation.ts";
import { Scheduler } from "./scheduler.ts";
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
  if (prompts.length === 0) return [];
  const requests = prompts.map((ids, index) => {
    const options = optionsOf();
    return { ids, options, most: roomFor(context.decoder.config.contextLength, `prompts[${index}]`, ids, options.maxNewTokens) };
  });
  using interrupt = await interruptible(signal);
  await using scheduler = await Scheduler.open(context, {
    slots: Math.min(batchSize, prompts.length),
    slotTokens: Math.max(...requests.map(({ ids, most }) => ids.length + most)),
    prefixTokens: 0,
    piecesPerStep: Infinity, // nobody waits for a part: the batch is filled first
  });
  const progress = createProgress({ label: "generation", total: prompts.length, unit: "texts" });
  let done = 0;
  try {
    return await Promise.all(
      requests.map(async ({ ids, most, options }) => {
        const generation = await collect(scheduler.stream(ids, most, { ...options, signal: interrupt.signal }));
        progress.update(++done);
        return generation;
      }),
    );
  } finally {
    progress.close();
  }
}

/** A whole text from its parts. */
export async function collect(parts: AsyncIterable<Part>): Promise<Generation> {
  let text = "";
  for await (const part of parts) {
    if (part.type === "text") text += part.text;
    if (part.type === "finish") return { text, reason: part.reason, usage: part.usage };
  }
  throw new Error("the parts ended without a finish");
}
