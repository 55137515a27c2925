/** One notebook, from its first cell to its last. */
import type { RunningKernel } from "../kernel/index.ts";
import type { CodeCell, Notebook } from "../nbformat/index.ts";
import { CellSequence } from "./cell-sequence.ts";
import { describeError } from "./describe-error.ts";
import { describeStop } from "./judge.ts";
import { NotebookDeadline } from "./limits.ts";
import type { ExecuteOptions } from "./options.ts";
import { injectParameters } from "./parameters.ts";
import type { CellError, CellResult, NotebookResult, NotebookStatus } from "./result.ts";
import { KernelSession } from "./session.ts";

/**
 * Runs all code cells in order in a kernel of their own and puts their outputs into the notebook, whatever happens: the caller writes
 * the file. What an earlier run has left there goes, except for cells tagged `skip-execution`. The kernel is closed at the end.
 *
 * Never rejects for what a notebook or a kernel does: a kernel that does not start, or a parameter that the notebook does not have, is
 * the result's `error`.
 */
export async function executeNotebook(notebook: Notebook, options: ExecuteOptions): Promise<NotebookResult> {
  const { path, signal, timeoutSeconds, onEvent } = options;
  const begun = performance.now();
  const deadline = new NotebookDeadline(timeoutSeconds, signal);
  let sequence: CellSequence | undefined;
  let error: CellError | undefined;
  try {
    injectParameters(notebook, options.parameters ?? {});
    sequence = new CellSequence(notebook, options, deadline);
    onEvent?.({ type: "notebook-start", path, cells: sequence.results.length });
    error = await runInKernel(notebook, sequence, options, deadline);
  } catch (thrown) {
    error = describeError(thrown);
    sequence?.skipRest();
  } finally {
    deadline.release();
  }
  const cells = sequence?.results ?? skipped(notebook);
  const result: NotebookResult = {
    path,
    status: statusOf(cells, {
      error,
      timedOut: deadline.stop !== undefined && deadline.stop.kind !== "abort",
      allowErrors: sequence?.allowsErrors === true,
    }),
    seconds: (performance.now() - begun) / 1000,
    cells,
    ...(error ? { error } : {}),
  };
  onEvent?.({ type: "notebook-end", result });
  return result;
}

async function runInKernel(
  notebook: Notebook,
  sequence: CellSequence,
  options: ExecuteOptions,
  deadline: NotebookDeadline,
): Promise<CellError | undefined> {
  const { cwd, kernels } = options;
  const acquired = deadline.stop ? undefined : kernels.acquire(cwd);
  const started = await Promise.race([acquired ?? deadline.passed, deadline.passed]);
  if ("kind" in started) {
    // A kernel that is still starting ends with its source, or as soon as it has started.
    void acquired?.then((kernel) => kernel.close()).catch(() => undefined);
    sequence.skipRest();
    return describeStop(started);
  }
  return runCells(notebook, sequence, started, deadline, options);
}

async function runCells(
  notebook: Notebook,
  sequence: CellSequence,
  kernel: RunningKernel,
  deadline: NotebookDeadline,
  { path, onEvent }: ExecuteOptions,
): Promise<CellError | undefined> {
  const info = await kernel.connection.info;
  // A kernel that says nothing of its language leaves what the notebook says.
  if (typeof info.language_info?.name === "string") notebook.metadata.language_info = { ...info.language_info };
  const session = new KernelSession(kernel, info, notebook, ({ index }, output) => onEvent?.({ type: "cell-output", path, index, output }));
  try {
    await Promise.race([session.warm(), deadline.passed]);
    await sequence.run(session);
  } finally {
    session.end();
    await kernel.close();
  }
  return deadline.stop && describeStop(deadline.stop);
}

interface Circumstances {
  error: CellError | undefined;
  timedOut: boolean;
  allowErrors: boolean;
}

function statusOf(cells: readonly CellResult[], { error, timedOut, allowErrors }: Circumstances): NotebookStatus {
  const has = (status: CellResult["status"]): boolean => cells.some((cell) => cell.status === status);
  if (has("died")) return "died";
  if (has("timeout") || timedOut) return "timeout";
  return error || (has("failed") && !allowErrors) ? "failed" : "passed";
}

const skipped = ({ cells }: Notebook): CellResult[] =>
  cells.flatMap((cell, index) => (isCode(cell) ? [{ index, status: "skipped" as const, seconds: 0 }] : []));

const isCode = (cell: Notebook["cells"][number]): cell is CodeCell => cell.cell_type === "code";
