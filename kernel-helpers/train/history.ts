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
}

/** One evaluation. */
export interface EvaluationRecord {
  /** How many steps had been taken. */
  step: number;
  loss: number;
  /** Of what else was asked for, by name. */
  metrics: Readonly<Record<string, number>>;
}

/** Place i of each array is of the same step. */
export interface History {
  step: number[];
  loss: number[];
  gradientNorm: number[];
  learningRate: number[];
  speed: number[];
  /** Likewise, of the evaluations. */
  evaluations: { step: number[]; loss: number[]; metrics: Record<string, number[]> };
}

export const emptyHistory = (): History => ({
  step: [],
  loss: [],
  gradientNorm: [],
  learningRate: [],
  speed: [],
  evaluations: { step: [], loss: [], metrics: {} },
});

export function addStep(history: History, { step, loss, gradientNorm, learningRate, speed }: StepRecord): void {
  history.step.push(step);
  history.loss.push(loss);
  history.gradientNorm.push(gradientNorm);
  history.learningRate.push(learningRate);
  history.speed.push(speed);
}

export function addEvaluation({ evaluations }: History, { step, loss, metrics }: EvaluationRecord): void {
  evaluations.step.push(step);
  evaluations.loss.push(loss);
  for (const [name, value] of Object.entries(metrics)) (evaluations.metrics[name] ??= []).push(value);
}
