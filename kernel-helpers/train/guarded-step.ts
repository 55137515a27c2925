import type { Module } from "../nn/index.ts";
import { assignAll, stoppedBy, tensor, type Parameter } from "../tensor/index.ts";
import type { Batch } from "./batches.ts";
import { findNotFinite, trainingError, type TrainingError } from "./not-finite.ts";
import type { TrainOptions } from "./options.ts";
import { makeStep, type StepResult } from "./step.ts";
import type { StepNumbers } from "./stepper.ts";

/** A training step that says what is wrong when it is refused. */
export interface GuardedStep<B extends Batch> {
  /** Where something that the step multiplies by is not finite it is refused, and all parameters and counters are as before. */
  take(batch: B, step: number): { taken: StepNumbers[]; refused?: TrainingError };
  close(): void;
}

export function makeGuardedStep<M extends Module, B extends Batch>(options: TrainOptions<M, B>): GuardedStep<B> {
  const { model, optimizer } = options;
  const step = makeStep(options);
  // A graph that fails half-way has written no weight, for all of them wait for the check; but it may have counted.
  const counters = [...Object.values(model.state()), ...Object.values(optimizer.state())].filter(({ dtype }) => dtype === "int64");
  return {
    take(batch, number) {
      const restore = restoring(counters);
      try {
        const result = step(batch);
        const numbers = numbersOf(result);
        if (result.isTaken.item() === 1) return { taken: [numbers] };
        throw new NotFinite();
      } catch (error) {
        restore();
        if (!(error instanceof NotFinite) && !stoppedBy(error)) throw error;
        const learningRate = optimizer.learningRate().item();
        const finding = findNotFinite(options, batch);
        restore(); // the search may have drawn masks
        return { taken: [], refused: trainingError(finding, number, learningRate) };
      }
    },
    close: () => step.close(),
  };
}

/** A step whose result says so. */
class NotFinite extends Error {}

export const numbersOf = ({ loss, gradientNorm, learningRate, metrics }: StepResult): StepNumbers => ({
  loss: loss.item(),
  gradientNorm: gradientNorm.item(),
  learningRate: learningRate.item(),
  // + 0, for a checkpoint's JSON has no -0, and a run that goes on has the same history.
  metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.item() + 0])),
});

/** Returns what sets the parameters to the numbers that they have now. */
export function restoring(parameters: readonly Parameter[]): () => void {
  const kept = parameters.map((parameter) => [parameter, parameter.data] as const);
  return () => assignAll(kept.map(([parameter, data]) => [parameter, tensor(data, { shape: parameter.shape, dtype: parameter.dtype })]));
}
