import { line, show, type Figure } from "../plots/index.ts";
import type { History } from "./history.ts";
import type { Screen } from "./screen.ts";

export interface LossCurveOptions {
  /** @default "loss" */
  title?: string;
}

/** More steps than this are drawn as means over neighbours. */
const mostPoints = 300;

/**
 * The losses of a run by step: of its batches, long runs smoothed, and of its evaluations.
 *
 * @example
 * show(lossCurve(run.history))
 */
export function lossCurve({ step, loss, evaluations }: History, { title = "loss" }: LossCurveOptions = {}): Figure {
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

const redrawMs = 1000;

let shown = 0;

/** The losses as a plot that grows in the running cell. */
export function livePlot(history: History, clock: () => number = Date.now): Screen {
  const displayId = `cairn-training-${process.pid}-${++shown}`;
  let isFirst = true;
  let next = clock() + redrawMs;
  const draw = (): void => {
    if (history.step.length < 2) return;
    show(lossCurve(history), { displayId, update: !isFirst });
    isFirst = false;
    next = clock() + redrawMs;
  };
  const drawIfDue = (): void => {
    if (clock() >= next) draw();
  };
  return { addStep: drawIfDue, addEvaluation: drawIfDue, close: draw };
}
