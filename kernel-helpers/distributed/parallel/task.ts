import type { Module } from "../../nn/index.ts";
import type { NamedParameters, Optimizer } from "../../optim/index.ts";
import type { Batch, Batches, Loss } from "../../train/index.ts";

/**
 * What workers train: the default export of a module returns it. Every worker makes its own, so it has to come out the same each time: models from
 * seeds, batches by their number.
 */
export interface TrainingTask<M extends Module = Module, B extends Batch = Batch> {
  model: M;
  /** Makes the optimizer of what it is given: the model's parameters, or a worker's shards of them. */
  optimizer: (parameters: NamedParameters) => Optimizer;
  /** The mean over the rows of a batch. */
  loss: Loss<M, B>;
  /** Batches of all workers together, by number; each worker takes its rows of them. */
  batches: Batches<B>;
  /** Norm that the gradients are scaled down to when theirs is larger. */
  clip?: number;
}

/** The default export of a task's module. */
export type MakeTask<Options> = (options: Options) => TrainingTask | Promise<TrainingTask>;
