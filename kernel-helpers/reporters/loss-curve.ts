import { argumentError, checkOptions } from "../runtime/check.ts";
import { line, type Figure } from "../plots/index.ts";
import type { TrainingHistory } from "./history.ts";

export interface LossCurveOptions {
  /** @default "loss" */
  title?: string;
}

/** More steps than this are drawn as means over neighbouring ones. */
const mostPoints = 300;

/**
 * The losses of a run by step: of its batches, long runs smoothed, and of its evaluations.
 *
 * @throws {ArgumentError} It is not a run's history.
 * @example
 * show(lossCurve(run.history))
 */
export function lossCurve(history: TrainingHistory, options: LossCurveOptions = {}): Figure {
  checkOptions("lossCurve", options, ["title"]);
  const { title = "loss" } = options;
  const { step, loss, evaluations } = checkHistory(history);
  const width = Math.ceil(step.length / mostPoints);
  const starts = Array.from({ length: Math.ceil(step.length / Math.max(1, width)) }, (_, index) => index * width);
  const training = {
    x: starts.map((start) => step[Math.min(start + width, step.length) - 1]!),
    y: starts.map((start) => mean(loss.slice(start, start + width))),
  };
  const finite = evaluations.step.map((_, index) => index).filter((index) => Number.isFinite(evaluations.loss[index]));
  const validation = { x: finite.map((index) => evaluations.step[index]!), y: finite.map((index) => evaluations.loss[index]!) };
  const series = { training, ...(finite.length > 0 ? { validation } : {}) };
  const figure = line(series, { title, xTitle: "step", yTitle: "loss", height: 320 });
  Object.assign(figure.data[0]!, { mode: "lines" }); // hundreds of markers would hide the line
  return figure;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

function checkHistory(history: TrainingHistory): TrainingHistory {
  const { step, loss, evaluations } = (history ?? {}) as Partial<TrainingHistory>;
  if ([step, loss, evaluations?.step, evaluations?.loss].every(Array.isArray)) return history;
  throw argumentError("history", "what a training run went through", history, {
    hint: "pass run.history, with the run that train returned",
  });
}
