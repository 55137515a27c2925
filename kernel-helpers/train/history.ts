/** Writing a run's history. */
import type { EvaluationRecord, TrainingHistory, StepRecord } from "../reporters/index.ts";

export const emptyHistory = (): TrainingHistory => ({
  step: [],
  loss: [],
  gradientNorm: [],
  learningRate: [],
  speed: [],
  evaluations: { step: [], loss: [], metrics: {} },
});

export function addStep(history: TrainingHistory, { step, loss, gradientNorm, learningRate, speed }: StepRecord): void {
  history.step.push(step);
  history.loss.push(loss);
  history.gradientNorm.push(gradientNorm);
  history.learningRate.push(learningRate);
  history.speed.push(speed);
}

export function addEvaluation({ evaluations }: TrainingHistory, { step, loss, metrics }: EvaluationRecord): void {
  evaluations.step.push(step);
  evaluations.loss.push(loss);
  for (const [name, value] of Object.entries(metrics)) (evaluations.metrics[name] ??= []).push(value);
}
