import { displayable } from "../runtime/printable.ts";
import type { Best } from "./checkpoint.ts";
import type { TrainingHistory } from "../reporters/index.ts";

/** What a training run went through. */
export interface TrainingRun {
  /** Steps taken in all, those before a resume included. */
  steps: number;
  /** Why it is over: all steps were taken, the loss had not got better for too long, or it was stopped. */
  stoppedBy: "end" | "patience" | "interrupt";
  /** The best evaluation, if there was one. */
  best?: Best | undefined;
  history: TrainingHistory;
  /** How long it took, not counting what was before a resume. */
  seconds: number;
}

/** The run, which prints as a line. */
export const printableRun = (run: TrainingRun): TrainingRun => displayable(run, () => ({ "text/plain": describeRun(run) }));

function describeRun({ steps, stoppedBy, best, history, seconds }: TrainingRun): string {
  const loss = history.loss.at(-1);
  const evaluated = history.evaluations.loss.at(-1);
  const endings = { end: "", patience: ", ended early: no better loss any more", interrupt: ", interrupted" };
  return [
    `${steps.toLocaleString("en")} steps in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds).toLocaleString("en")} s${endings[stoppedBy]}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(evaluated === undefined ? [] : [`validation ${evaluated.toFixed(4)}`]),
    ...(best === undefined ? [] : [`best ${best.loss.toFixed(4)} at step ${best.step.toLocaleString("en")}`]),
  ].join(" · ");
}
