import { insideKernel } from "../runtime/display.ts";
import { createProgress } from "../runtime/progress.ts";
import type { EvaluationRecord, History, StepRecord } from "./history.ts";
import { livePlot } from "./loss-curve.ts";

/** What is seen of a run while it goes on. */
export interface Screen {
  addStep(record: StepRecord): void;
  addEvaluation(record: EvaluationRecord): void;
  close(): void;
}

export interface ScreenOptions {
  /** Steps in all. */
  total: number;
  /** Steps taken before. */
  from: number;
  /** What speed is counted in. */
  unit: string;
  history: History;
}

/** A progress line, and in a notebook a live plot of the losses. */
export function makeScreen(options: ScreenOptions): Screen {
  const screens = [progressScreen(options), ...(insideKernel() ? [livePlot(options.history)] : [])];
  return {
    addStep: (record) => screens.forEach((screen) => screen.addStep(record)),
    addEvaluation: (record) => screens.forEach((screen) => screen.addEvaluation(record)),
    close: () => screens.forEach((screen) => screen.close()),
  };
}

/** The speed shown is a mean over so many steps. */
const speedOver = 20;

/** A line with the losses, the speed and the time left. */
function progressScreen({ total, from, unit }: ScreenOptions): Screen {
  const progress = createProgress({ label: "training", total, unit: "steps", from });
  const said = { loss: "", validation: "", pace: "" };
  const speeds: number[] = [];
  let isFirst = true; // the first step is compiled: its speed is no measure
  const say = (step: number): void => progress.update(step, Object.values(said).filter(Boolean).join(" · "));
  return {
    addStep({ step, loss, speed }) {
      if (!isFirst && speeds.push(speed) > speedOver) speeds.shift();
      isFirst = false;
      const mean = speeds.reduce((sum, each) => sum + each, 0) / speeds.length;
      said.loss = `loss ${loss.toFixed(3)}`;
      if (speeds.length > 0) said.pace = `${Math.round(mean).toLocaleString("en")} ${unit}/s`;
      say(step);
    },
    addEvaluation({ step, loss }) {
      said.validation = `validation ${loss.toFixed(3)}`;
      say(step);
    },
    close: () => progress.close(),
  };
}

/** Nothing to see. */
export const noScreen: Screen = { addStep: () => {}, addEvaluation: () => {}, close: () => {} };
