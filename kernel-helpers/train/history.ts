/** Writing a run's history. */
import type { EvaluationRecord, TrainingHistory, StepRecord } from "../reporters/index.ts";

export const emptyHistory = (): TrainingHistory => ({
  step: [],
  loss: [],
  gradientNorm: [],
  learningRate: [],
  speed: [],
  metrics: {},
  evaluations: { step: [], loss: [], metrics: {} },
});

export function addStep(history: TrainingHistory, { step, loss, gradientNorm, learningRate, speed, metrics }: StepRecord): void {
  history.step.push(step);
  history.loss.push(loss);
  history.gradientNorm.push(gradientNorm);
  history.learningRate.push(learningRate);
  history.speed.push(speed);
  const before = history.step.length - 1;
  for (const name of Object.keys(metrics)) history.metrics[name] ??= Array.from({ length: before }, () => NaN);
  for (const [name, values] of Object.entries(history.metrics)) values.push(metrics[name] ?? NaN);
}

export function addEvaluation({ evaluations }: TrainingHistory, { step, loss, metrics }: EvaluationRecord): void {
  evaluations.step.push(step);
  evaluations.loss.push(loss);
  for (const [name, value] of Object.entries(metrics)) (evaluations.metrics[name] ??= []).push(value);
}
