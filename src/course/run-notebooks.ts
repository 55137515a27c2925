/** Many notebooks: read, run side by side on kernels started ahead, written out, remembered. */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { executeNotebook, type CellError, type CellResult, type ExecutionEvent, type NotebookResult } from "../execute/index.ts";
import type { KernelSource } from "../kernel/index.ts";
import { readNotebook, writeNotebook, type Cell, type Notebook } from "../nbformat/index.ts";
import type { NotebookRun } from "../report/index.ts";
import { Autosave } from "./autosave.ts";
import type { NotebookFile } from "./find-notebooks.ts";
import { inOrder } from "./in-order.ts";
import { CourseKernels, type CourseKernelsOptions } from "./kernels.ts";
import type { RunCache } from "./run-cache.ts";
import { runKey } from "./run-key.ts";

export interface NotebookTask extends NotebookFile {
  /** Paths of notebooks of this run that have to have ended before; others are passed over. */
  after?: readonly string[];
}

export interface RunNotebooksOptions extends CourseKernelsOptions {
  cellTimeoutSeconds?: number;
  timeoutSeconds?: number;
  allowErrors?: boolean;
  parameters?: Record<string, unknown>;
  /** Restores runs whose every input is as it was; without one everything is run. */
  cache?: RunCache;
  /** Stops what runs, and starts nothing more. */
  signal?: AbortSignal;
  /** Hears of all notebooks, in the order of what happens. A `notebook-end` comes when its file is written. */
  onEvent?: (event: ExecutionEvent) => void;
}

/**
 * Runs them all; results are in the order of `tasks`. Never rejects for what a notebook, its file or its kernel does: those are results.
 * No process is left when it returns.
 *
 * @throws {InputError} `kernel` or `server` cannot be had.
 */
export async function runNotebooks(tasks: readonly NotebookTask[], options: RunNotebooksOptions): Promise<NotebookRun[]> {
  const kernels = new CourseKernels(options);
  try {
    const opened = await Promise.all(tasks.map((task) => openNotebook(task, kernels, options).catch(describe)));
    const positions = new Map(tasks.map(({ path }, index) => [resolve(path), index]));
    const work = tasks.map((task, index) => ({
      after: (task.after ?? []).flatMap((path) => positions.get(resolve(path)) ?? []),
      run: () => runNotebook(task, opened[index]!, options),
    }));
    return await inOrder(work, options.jobs);
  } finally {
    await kernels.close();
  }
}

/** A notebook that could be read, and what is known before it runs. */
interface OpenedNotebook {
  notebook: Notebook;
  indexInFile: Map<Cell, number>;
  kernels: KernelSource;
  /** Its name in the cache; asked again after the run, since what it depends on may have changed meanwhile. */
  key: () => string | undefined;
  keyBefore: string | undefined;
  /** What became of its cells in the run that was found in the cache, whose outputs it has now. */
  cached: CellResult[] | undefined;
}

const folderOf = ({ path }: NotebookTask): string => dirname(resolve(path));

const describe = (error: unknown): CellError =>
  error instanceof Error ? { name: error.name, message: error.message } : { name: "Error", message: String(error) };

/** Reads the notebook and, unless its outputs are known, has a kernel started for it. */
async function openNotebook(task: NotebookTask, kernels: CourseKernels, options: RunNotebooksOptions): Promise<OpenedNotebook> {
  const { cache, parameters = {}, allowErrors = false, env = {} } = options;
  const cwd = folderOf(task);
  const notebook = await readNotebook(task.path);
  const source = kernels.for(notebook);
  const asRead = { ...notebook, cells: notebook.cells.map((cell) => ({ ...cell })) }; // running changes the notebook
  const key = (): string | undefined =>
    cache && kernels.isBuiltIn(notebook) ? runKey(asRead, { cwd, parameters, allowErrors, env }) : undefined;
  const keyBefore = key();
  const indexInFile = new Map(notebook.cells.map((cell, index) => [cell, index]));
  const cached = keyBefore === undefined ? undefined : await cache?.get(keyBefore, notebook);
  if (!cached) source.prepare(cwd);
  return { notebook, indexInFile, kernels: source, key, keyBefore, cached };
}

async function runNotebook(task: NotebookTask, opened: OpenedNotebook | CellError, options: RunNotebooksOptions): Promise<NotebookRun> {
  const { path, output } = task;
  const end = (run: NotebookRun): NotebookRun => {
    options.onEvent?.({ type: "notebook-end", result: run.result });
    return run;
  };
  if (!("notebook" in opened)) return end({ result: { path, status: "failed", seconds: 0, cells: [], error: opened }, cells: [] });
  const { notebook, indexInFile, cached } = opened;
  const isTooLate = options.signal?.aborted === true;
  const result: NotebookResult = cached
    ? { path, status: "cached", seconds: 0, cells: cached }
    : isTooLate
      ? { path, status: "skipped", seconds: 0, cells: [] }
      : await execute(task, opened, options);
  const cells = notebook.cells.map((cell) => ({ source: cell.source, indexInFile: indexInFile.get(cell) }));
  if (isTooLate && !cached) return end({ result, cells });
  try {
    await save(output, notebook);
    return end({ result, cells, output });
  } catch (error) {
    return end({ result: { ...result, status: "failed", error: describe(error) }, cells });
  }
}

async function save(output: string, notebook: Notebook): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  await writeNotebook(output, notebook);
}

async function execute(task: NotebookTask, opened: OpenedNotebook, options: RunNotebooksOptions): Promise<NotebookResult> {
  const { notebook, kernels, key, keyBefore } = opened;
  const { cache, onEvent, jobs: _, kernel: __, server: ___, env: ____, ...execution } = options;
  const autosave = new Autosave(() => save(task.output, notebook));
  const result = await executeNotebook(notebook, {
    ...execution,
    path: task.path,
    cwd: folderOf(task),
    kernels,
    onOutput: () => autosave.offer(),
    onEvent: (event) => {
      if (event.type === "cell-end") autosave.offer();
      if (event.type !== "notebook-end") onEvent?.(event);
    },
  });
  await autosave.settled();
  // A file that it depends on was changed meanwhile: nobody knows which version the cells saw.
  if (result.status === "passed" && keyBefore !== undefined && key() === keyBefore) await cache?.put(keyBefore, notebook, result.cells);
  return result;
}
