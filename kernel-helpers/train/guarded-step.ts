import type { Module } from "../nn/index.ts";
import type { StepRecord } from "../reporters/index.ts";
import { assignAll, stoppedBy, tensor, type Parameter } from "../tensor/index.ts";
import type { Batch } from "./batches.ts";
import { findNotFinite, trainingError } from "./not-finite.ts";
import type { TrainOptions } from "./options.ts";
import { makeStep } from "./step.ts";

/** A training step that says what is wrong when it is refused. */
export interface GuardedStep<B extends Batch> {
  /** @throws {TrainingError} Something that the step multiplies by is not finite; all parameters and counters are as before. */
  take(batch: B, step: number): Pick<StepRecord, "loss" | "gradientNorm" | "learningRate" | "metrics">;
  close(): void;
}

export function makeGuardedStep<M extends Module, B extends Batch>(options: TrainOptions<M, B>): GuardedStep<B> {
  const { model, optimizer } = options;
  const step = makeStep(options);
  // A graph that fails half-way has written no weight, for all of them wait for the check; but it may have counted.
  const counters = [...Object.values(model.state()), ...Object.values(optimizer.state())].filter(({ dtype }) => dtype === "int64");
  return {
    take(batch, number) {
      const restore = keepNumbers(counters);
      try {
        const result = step(batch);
        const numbers = {
          loss: result.loss.item(),
          gradientNorm: result.gradientNorm.item(),
          learningRate: result.learningRate.item(),
          // + 0, for a checkpoint's JSON has no -0, and a run that goes on has the same history.
          metrics: Object.fromEntries(Object.entries(result.metrics).map(([name, metric]) => [name, metric.item() + 0])),
        };
        if (result.isTaken.item() === 1) return numbers;
        throw new NotFinite();
      } catch (error) {
        restore();
        if (!(error instanceof NotFinite) && !stoppedBy(error)) throw error;
        const learningRate = optimizer.learningRate().item();
        const finding = findNotFinite(options, batch);
        restore(); // the search may have drawn masks
        throw trainingError(finding, number, learningRate);
      }
    },
    close: () => step.close(),
  };
}

/** A step whose result says so. */
class NotFinite extends Error {}

function keepNumbers(parameters: readonly Parameter[]): () => void {
  const kept = parameters.map((parameter) => [parameter, parameter.data] as const);
  return () => assignAll(kept.map(([parameter, data]) => [parameter, tensor(data, { shape: parameter.shape, dtype: parameter.dtype })]));
}
