/** What takes the steps of a run: one at a time, or many in one run of the device. */
import type { Module } from "../nn/index.ts";
import { capabilitiesOf } from "../tensor/index.ts";
import type { StepRecord } from "../reporters/index.ts";
import { isLive, type Batch } from "./batches.ts";
import { makeGuardedStep } from "./guarded-step.ts";
import { makeLoopedStep } from "./looped-step.ts";
import type { TrainingError } from "./not-finite.ts";
import type { TrainOptions } from "./options.ts";

/** What a step tells of itself. */
export type StepNumbers = Pick<StepRecord, "loss" | "gradientNorm" | "learningRate" | "metrics">;

export interface Stepper<B extends Batch> {
  /** How many batches it wants at once, at most. */
  readonly wanted: number;
  /**
   * Takes a step with each of the batches, which are of the same shapes, up to one that is refused.
   *
   * @param first Number of the first step, counted from 1.
   */
  take(batches: readonly B[], first: number): { taken: StepNumbers[]; refused?: TrainingError | undefined };
  close(): void;
}

/** The one that fits the device and the batches: those that a model makes while it learns cannot be had in advance. */
export function makeStepper<M extends Module, B extends Batch>(options: TrainOptions<M, B>): Stepper<B> {
  const { device = "cpu", stepsPerRun = capabilitiesOf(device).device === "cuda" ? "auto" : 1, batches } = options;
  if (stepsPerRun !== 1 && !isLive(batches)) return makeLoopedStep(options, stepsPerRun);
  const step = makeGuardedStep(options);
  return { wanted: 1, take: ([batch], first) => step.take(batch!, first), close: () => step.close() };
}
