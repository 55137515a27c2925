import type { EvaluationRecord, TrainingHistory, StepRecord } from "./history.ts";

/** What a reporter knows of a run that begins. */
export interface StartedRun {
  /** Steps in all. */
  total: number;
  /** Steps taken before, by the run that this one resumes. */
  from: number;
  /** What speed is counted in, such as "tokens". */
  unit: string;
  /** Grows while the run goes on. */
  history: TrainingHistory;
}

/** Follows a training run. Its methods are called between the steps, and are not awaited; the run ends with the error that one throws. */
export interface Reporter {
  onStart?(run: StartedRun): void;
  /** After each step; its record is in the history already. */
  onStep?(record: StepRecord): void;
  /** After each evaluation; its record is in the history already. */
  onEvaluation?(record: EvaluationRecord): void;
  /** When the run is over, also one that was stopped or failed. */
  onEnd?(): void;
}
