import { createProgress, type Progress } from "../runtime/progress.ts";
import type { Reporter } from "./reporter.ts";

/** The speed shown is a mean over this many steps. */
const speedOver = 20;

/** A line with the losses, the speed and the time left, in a notebook as on a terminal. */
export function progressLine(): Reporter {
  const parts = { loss: "", validation: "", pace: "" };
  const speeds: number[] = [];
  let progress: Progress | undefined;
  let unit = "";
  let isFirst = true; // the first step includes compiling: its speed says nothing
  const update = (step: number): void => progress?.update(step, Object.values(parts).filter(Boolean).join(" · "));
  return {
    onStart(run) {
      progress = createProgress({ label: "training", total: run.total, unit: "steps", from: run.from });
      unit = run.unit;
    },
    onStep({ step, loss, speed }) {
      if (!isFirst && speeds.push(speed) > speedOver) speeds.shift();
      isFirst = false;
      const mean = speeds.reduce((sum, each) => sum + each, 0) / speeds.length;
      parts.loss = `loss ${loss.toFixed(3)}`;
      if (speeds.length > 0) parts.pace = `${Math.round(mean).toLocaleString("en")} ${unit}/s`;
      update(step);
    },
    onEvaluation({ step, loss }) {
      parts.validation = `validation ${loss.toFixed(3)}`;
      update(step);
    },
    onEnd: () => progress?.close(),
  };
}
