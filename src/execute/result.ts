/** What comes of a run: the shapes that reports, the cache and `--json` share. */
import type { Output } from "../nbformat/index.ts";

export type CellStatus = "passed" | "failed" | "timeout" | "died" | "skipped";

export interface CellError {
  name: string;
  message: string;
  /** Of Cairn's own errors: stable, unlike the message. */
  code?: string;
  /** Line within the cell, from 1, where it is known. */
  line?: number;
  /** The message is a difference: its lines begin with - and + where something went and came. */
  isDifference?: true;
}

export interface CellResult {
  /** Position in the notebook, markdown cells counted, from 0. */
  index: number;
  status: CellStatus;
  seconds: number;
  error?: CellError;
}

export type NotebookStatus = "passed" | "failed" | "timeout" | "died" | "skipped" | "cached";

export interface NotebookResult {
  /** As given by the caller, relative to the working directory. */
  path: string;
  status: NotebookStatus;
  seconds: number;
  /** Code cells only. */
  cells: CellResult[];
  /** How often it was run, where that was more than once: it is tagged `flaky`. */
  attempts?: number;
  /** Why no cell could be blamed: the kernel did not start, the file is broken, the notebook's time ran out. */
  error?: CellError;
}

/** Something that a cell shows, as it comes. */
export type LiveOutput =
  | { kind: "stream"; name: "stdout" | "stderr"; text: string }
  /** `isUpdate`: in place of what was shown before. */
  | { kind: "data"; data: Record<string, unknown>; isUpdate: boolean }
  | { kind: "error"; ename: string; evalue: string; traceback: string[] };

/** What happens while a notebook runs, as it happens. */
export type ExecutionEvent =
  | { type: "notebook-start"; path: string; cells: number }
  | { type: "cell-start"; path: string; index: number }
  | { type: "cell-output"; path: string; index: number; output: LiveOutput }
  /** With all that the cell has shown so far. */
  | { type: "cell-end"; path: string; cell: CellResult; outputs: readonly Output[] }
  | { type: "notebook-end"; result: NotebookResult };
