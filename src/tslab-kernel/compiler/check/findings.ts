/** What a check says about a cell: the words that its thread and those who ask it have in common. */

/** A code cell, in the order of the notebook. */
export interface CheckedCell {
  /** What messages of other cells call it: `cell[3]`. */
  name: string;
  code: string;
  /** Cells go on after it when it is refused, as the kernel goes on: what it declares is not there. */
  mayFail: boolean;
  /** It is not run, and what it declares is not there. */
  isSkipped: boolean;
}

export interface CheckedNotebook {
  /** Its own, absolute: where imports are looked up. */
  folder: string;
  isStrict: boolean;
  cells: CheckedCell[];
}

export interface Finding {
  /** Errors are what the kernel refuses, warnings what it runs. */
  severity: "error" | "warning";
  /** `TS2322`, or the name of a rule. */
  rule: string;
  message: string;
  /** The file that the cell imports; nothing for the cell itself. */
  file: string | undefined;
  /** From 1. */
  line: number;
  column: number;
  /** Characters of the line. */
  length: number;
  /** What belongs to it: other places, and what to do. */
  notes: string[];
}

export interface CellFindings {
  /** Whether the kernel would not run it, or would stop at one of its imports. */
  isRefused: boolean;
  findings: Finding[];
}
