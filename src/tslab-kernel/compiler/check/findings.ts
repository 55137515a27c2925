/** What a check says about a cell: the words that its thread and those who ask it have in common. */
import type { Complaint } from "../language/complaints.ts";

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

export interface Finding extends Omit<Complaint, "code"> {
  /** Errors are what the kernel refuses, warnings what it runs. */
  severity: "error" | "warning";
  /** `TS2322`, or the name of a rule. */
  rule: string;
}

export interface CellFindings {
  /** Whether the kernel would not run it, or would stop at one of its imports. */
  isRefused: boolean;
  findings: Finding[];
}
