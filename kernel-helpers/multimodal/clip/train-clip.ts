/** How two towers learn from pictures and captions. */
import { AdamW, warmupCosine } from "../../optim/index.ts";
import { checkInstance, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { train, type BatchSource, type TrainOptions, type TrainingRun } from "../../train/index.ts";
import { Clip, type ClipBatch } from "./clip.ts";

export interface TrainClipOptions extends Pick<TrainOptions<Clip, ClipBatch>, "show" | "onStep" | "signal"> {
  /** Pictures and captions, such as worldBatches(…) returns. */
  batches: BatchSource<ClipBatch>;
  steps: number;
  /** The highest rate, after a warm-up of 30 steps at most; it falls to a tenth as a cosine does. @default 2e-3 */
  learningRate?: number;
}

/**
 * Trains a CLIP pair with AdamW.
 *
 * @throws {ArgumentError} An option is unknown or out of range.
 * @example
 * const clip = worldClip({ seed: 1 })
 * await trainClip(clip, { batches: worldBatches(clip, seen, { batchSize: 64, seed: 1 }), steps: 200 })
 */
export function trainClip(clip: Clip, options: TrainClipOptions): Promise<TrainingRun> {
  checkInstance("clip", clip, Clip);
  checkOptions("trainClip", options, ["batches", "steps", "learningRate", "show", "onStep", "signal"]);
  const { steps, learningRate = 2e-3, ...rest } = options;
  checkInteger("steps", steps, { min: 1 });
  checkNumber("learningRate", learningRate, { above: 0 });
  const optimizer = new AdamW(clip.parameters(), {
    learningRate: warmupCosine({ peak: learningRate, warmup: Math.min(30, Math.ceil(steps / 4)), steps }),
    betas: [0.9, 0.98], // CLIP's own, for its towers
    weightDecay: 0.1,
  });
  return train({ model: clip, optimizer, loss: (model, batch) => model.loss(batch), steps, clip: 1, ...rest });
}
