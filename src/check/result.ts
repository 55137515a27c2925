/** What comes of checking notebooks: the shapes that reports and `--json` share. */
import type { CellError } from "../execute/index.ts";
import type { Finding } from "../tslab-kernel/index.ts";

export type { Finding } from "../tslab-kernel/index.ts";

export type CheckStatus = "passed" | "failed" | "skipped";

export interface CellCheck {
  /** Position in the notebook, markdown cells counted, from 0. */
  index: number;
  /** "skipped": it has the tag `skip-execution`. */
  status: CheckStatus;
  findings: Finding[];
}

export interface CheckedSource {
  source: string;
  /** Position in the file that was read; a cell of given parameters has none. */
  indexInFile: number | undefined;
}

export interface NotebookCheck {
  /** As given by the caller. */
  path: string;
  /** "skipped": another kernel's, as `why` says. */
  status: CheckStatus;
  why?: string;
  /** The file is broken, or a parameter is not its own. */
  error?: CellError;
  /** Code cells only. */
  cells: CellCheck[];
  /** All cells, so that `cells[].index` finds its source. */
  sources: CheckedSource[];
}
