/**
 * Which texts go through the network together. A batch is as long as its longest text and the rest is padding that costs as much, so
 * texts of similar length go together (Reimers & Gurevych 2019, §7, call it smart batching; arXiv:1908.10084).
 */
import { setImmediate } from "node:timers/promises";
import type { Device } from "../onnx/index.ts";
import { createProgress } from "../runtime/progress.ts";

/** Tokens of a batch: what fits the caches of two cores, and enough to keep a GPU busy. */
const batchTokens: Record<Device, number> = { cpu: 1024, webgpu: 8192, cuda: 16_384 };
/** So many texts are tokenized in some 10 ms; then an interrupt is let through. */
export const tokenizeAtOnce = 256;

/** Fewer tokens than this of padding cost less than another run. */
const padFreely = 64;
/** How much of a batch may be padding. */
const paddingShare = 1 / 8;

/**
 * @param lengths Tokens of each text.
 * @param budget Tokens of a batch, padding included, unless one text alone has more.
 * @returns Indices of the texts of each batch; the longest texts come first, so that the time left is never underestimated.
 */
export function planBatches(lengths: readonly number[], budget: number): number[][] {
  const order = Array.from(lengths.keys()).toSorted((one, other) => lengths[other]! - lengths[one]!);
  const batches: number[][] = [];
  let [width, tokens] = [0, 0];
  for (const index of order) {
    const batch = batches.at(-1);
    const size = width * ((batch?.length ?? 0) + 1);
    const padding = size - tokens - lengths[index]!;
    if (batch && size <= budget && (padding <= padFreely || padding <= size * paddingShare)) {
      batch.push(index);
      tokens += lengths[index]!;
    } else {
      batches.push([index]);
      [width, tokens] = [lengths[index]!, lengths[index]!];
    }
  }
  return batches;
}

/** Lets an interrupt through. @throws What the signal was aborted with. */
export async function pause(signal: AbortSignal): Promise<void> {
  await setImmediate(); // a SIGINT is heard only when the event loop turns
  signal.throwIfAborted();
}

export interface BatchOptions {
  device: Device;
  /** What the display says is being done, and to what. */
  label: string;
  unit: string;
  /** Called after each batch, instead of the display. */
  onProgress?: ((state: { done: number; total: number }) => void) | undefined;
  signal: AbortSignal;
}

/** Runs what has these lengths batch by batch, with progress; an interrupt is let through before each. @throws What the signal was aborted with. */
export async function runBatches(
  lengths: readonly number[],
  { device, label, unit, onProgress, signal }: BatchOptions,
  run: (batch: readonly number[]) => Promise<void>,
): Promise<void> {
  const total = lengths.length;
  const progress = onProgress ? undefined : createProgress({ label, total, unit });
  let done = 0;
  try {
    for (const batch of planBatches(lengths, batchTokens[device])) {
      await pause(signal);
      await run(batch);
      done += batch.length;
      progress?.update(done);
      onProgress?.({ done, total });
    }
  } finally {
    progress?.close();
  }
}
