import { CairnError } from "../errors.ts";
import type { NotebookRun } from "./notebook-run.ts";

/** A notebook that was run, and did not pass. */
export class NotebookRunError extends CairnError {
  static override readonly code: string = "ERR_NOTEBOOK_RUN";
  /** All of it: outputs so far, status and error of each cell. */
  readonly run: NotebookRun;

  constructor(message: string, run: NotebookRun, cause?: unknown) {
    const { path, status } = run;
    const cell = run.failedCell;
    super(message, { cause, facts: { path, status, ...(cell ? { cell: cell.index, error: cell.error } : { error: run.error }) } });
    this.run = run;
    Object.defineProperty(this, "run", { enumerable: false }); // a report of the error need not show the whole notebook
  }
}
