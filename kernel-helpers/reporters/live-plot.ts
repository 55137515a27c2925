import { checkFunction, checkOptions } from "../runtime/check.ts";
import { show } from "../plots/index.ts";
import type { TrainingHistory } from "./history.ts";
import { lossCurve } from "./loss-curve.ts";
import type { Reporter } from "./reporter.ts";

const redrawMs = 1000;

let shown = 0;

export interface LivePlotOptions {
  /** Milliseconds. @default Date.now */
  clock?: () => number;
}

/** The losses as a plot that grows in the running cell, drawn once a second. */
export function livePlot(options: LivePlotOptions = {}): Reporter {
  checkOptions("livePlot", options, ["clock"]);
  const clock = checkFunction("clock", options.clock ?? Date.now);
  const displayId = `cairn-training-${process.pid}-${++shown}`;
  let history: TrainingHistory | undefined;
  let isFirst = true;
  let next = 0;
  const draw = (): void => {
    if (!history || history.step.length < 2) return;
    show(lossCurve(history), { displayId, update: !isFirst });
    isFirst = false;
    next = clock() + redrawMs;
  };
  const drawIfDue = (): void => {
    if (clock() >= next) draw();
  };
  return {
    onStart(run) {
      history = run.history;
      next = clock() + redrawMs;
    },
    onStep: drawIfDue,
    onEvaluation: drawIfDue,
    onEnd: draw,
  };
}
