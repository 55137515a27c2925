/** What a run has been through, as plain arrays: numbers to plot, print and save. */

/** One training step. */
export interface StepRecord {
  /** Counted from 1. */
  step: number;
  /** Of the step's batch, before its update. */
  loss: number;
  /** Norm of all the gradients together, before clipping. */
  gradientNorm: number;
  learningRate: number;
  /** Tokens or rows per second, as the batches count; the first step's includes compiling. */
  speed: number;
  /** What the loss returned beside itself, by name. */
  metrics: Readonly<Record<string, number>>;
}

/** One evaluation. */
export interface EvaluationRecord {
  /** How many steps had been taken. */
  step: number;
  loss: number;
  /** What else was measured, by name. */
  metrics: Readonly<Record<string, number>>;
}

/** Index i of each array belongs to the same step. */
export interface TrainingHistory {
  step: number[];
  loss: number[];
  gradientNorm: number[];
  learningRate: number[];
  speed: number[];
  /** What the loss returned beside itself, by name; NaN for steps at which it did not. */
  metrics: Record<string, number[]>;
  /** Likewise, of the evaluations. */
  evaluations: { step: number[]; loss: number[]; metrics: Record<string, number[]> };
}
