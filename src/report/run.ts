/** What reports are made of: a notebook's result with what a reader needs to find the place. */
import type { ExecutionEvent, NotebookResult, NotebookStatus } from "../execute/index.ts";

export interface ReportedCell {
  source: string;
  /** Position in the file that was read; a cell that the runner has put in (parameters) has none. */
  indexInFile?: number | undefined;
}

export interface NotebookRun {
  result: NotebookResult;
  /** The cells as executed, so that `result.cells[].index` finds its source. Empty for a file that could not be read. */
  cells: ReportedCell[];
  /** Where the executed notebook was written, if it was. */
  output?: string;
}

/** Tells somebody about a run while it happens. */
export interface Reporter {
  onEvent(event: ExecutionEvent): void;
  /** After the last notebook. Nothing is shown after it. */
  end(runs: readonly NotebookRun[], seconds: number): void;
}

/** Whether nothing is wrong with it. */
export const isGood = (status: NotebookStatus): boolean => status === "passed" || status === "cached";
