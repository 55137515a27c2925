/** Types and lint of all cells of notebooks, none of which is run: by the kernel's own compiler, in as many threads as pay. */
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { foreignKernel } from "../course/index.ts";
import { describeError, injectParameters, isSkipped, mustRaise } from "../execute/index.ts";
import { readNotebook, type CodeCell, type Notebook } from "../nbformat/index.ts";
import { Checker } from "../tslab-kernel/index.ts";
import type { CellCheck, NotebookCheck } from "./result.ts";
import { judgeFindings } from "./verdict.ts";

export interface CheckOptions {
  /** Checks all notebooks as the built-in kernel's, whatever they name. @default false */
  isForced?: boolean;
  /** Values for names that the cell tagged `parameters` declares. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Notebooks at a time. @default by their number, at most as many as there are cores */
  jobs?: number;
  /** Hears of each notebook when it has been checked. */
  onChecked?: (check: NotebookCheck) => void;
}

/** Each thread reads the libraries anew, which takes as long as checking so many notebooks. */
const notebooksThatPay = 3;
/** A thread takes some 300 MB. */
const mostThreads = 8;

/** Results are in the order of the paths. Never rejects for what a notebook or its file does: those are results. */
export async function checkNotebooks(paths: readonly string[], options: CheckOptions = {}): Promise<NotebookCheck[]> {
  const threads = options.jobs ?? Math.min(availableParallelism(), mostThreads, Math.ceil(paths.length / notebooksThatPay));
  const results: NotebookCheck[] = [];
  const waiting = paths.entries();
  await Promise.all(
    Array.from({ length: Math.max(1, Math.min(threads, paths.length)) }, async () => {
      const checker = new Checker();
      try {
        for (const [index, path] of waiting) {
          results[index] = await checkOne(path, checker, options);
          options.onChecked?.(results[index]);
        }
      } finally {
        await checker.close();
      }
    }),
  );
  return results;
}

async function checkOne(path: string, checker: Checker, { isForced = false, parameters = {} }: CheckOptions): Promise<NotebookCheck> {
  try {
    const notebook = await readNotebook(path);
    const kernel = isForced ? undefined : foreignKernel(notebook);
    if (kernel !== undefined) return { path, status: "skipped", why: `its cells are for ${kernel}`, cells: [], sources: [] };
    const indexInFile = new Map(notebook.cells.map((cell, index) => [cell, index]));
    injectParameters(notebook, parameters);
    const sources = notebook.cells.map((cell) => ({ source: cell.source, indexInFile: indexInFile.get(cell) }));
    const cells = await checkCells(notebook, dirname(resolve(path)), checker);
    return { path, status: cells.some(({ status }) => status === "failed") ? "failed" : "passed", cells, sources };
  } catch (error) {
    return { path, status: "failed", error: describeError(error), cells: [], sources: [] };
  }
}

async function checkCells({ cells, metadata }: Notebook, folder: string, checker: Checker): Promise<CellCheck[]> {
  const code = cells.flatMap((cell, index) => (cell.cell_type === "code" ? [{ cell: cell as CodeCell, index }] : []));
  const allowsErrors = (metadata["execution"] as { allow_errors?: unknown } | undefined)?.allow_errors === true;
  const found = await checker.check({
    folder,
    isStrict: (metadata["typescript"] as { strict?: unknown } | undefined)?.strict === true,
    cells: code.map(({ cell, index }) => ({
      name: `cell[${index + 1}]`,
      code: cell.source,
      mayFail: allowsErrors || mustRaise(cell),
      isSkipped: isSkipped(cell),
    })),
  });
  return code.map(({ cell, index }, place) => {
    if (isSkipped(cell)) return { index, status: "skipped", findings: [] };
    const findings = judgeFindings(cell, found[place]!, allowsErrors);
    return { index, status: findings.some(({ severity }) => severity === "error") ? "failed" : "passed", findings };
  });
}
