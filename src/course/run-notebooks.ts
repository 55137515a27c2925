/** Many notebooks: read, run side by side on kernels started ahead, written out, remembered. */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  describeError,
  executeNotebook,
  type CellError,
  type CellResult,
  type ExecutionEvent,
  type NotebookResult,
} from "../execute/index.ts";
import type { KernelSource } from "../kernel/index.ts";
import { readNotebook, writeNotebook, type Cell, type Notebook } from "../nbformat/index.ts";
import type { NotebookRun } from "../report/index.ts";
import { Autosave } from "./autosave.ts";
import { inOrder } from "./in-order.ts";
import { CourseKernels, type CourseKernelsOptions } from "./kernels.ts";
import type { RunCache } from "./run-cache.ts";
import { runKey } from "./run-key.ts";

export interface NotebookTask {
  /** As reached from the working directory. */
  path: string;
  /** Where its executed copy goes. */
  output: string;
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
  const kernels = await CourseKernels.open(options);
  try {
    const opened = await Promise.all(tasks.map((task) => openNotebook(task, kernels, options).catch(describeError)));
    const positions = new Map(tasks.map(({ path }, index) => [resolve(path), index]));
    const work = tasks.map((task, index) => ({
      after: (task.after ?? []).flatMap((path) => positions.get(resolve(path)) ?? []),
      run: () => runNotebook(task, opened[index]!, options),
    }));
    let isAllKnown = true;
    for (const [index, notebook] of opened.entries()) {
      if (!("way" in notebook) || notebook.way.isCached) continue;
      notebook.way.kernels.prepare(folderOf(tasks[index]!));
      isAllKnown = false;
    }
    return await inOrder(work, options.jobs ?? (isAllKnown ? 1 : (await import("../kernel/index.ts")).defaultJobs()));
  } finally {
    await kernels.close();
  }
}

/** A notebook that could be read, and what is known before it runs. */
interface OpenedNotebook {
  notebook: Notebook;
  indexInFile: Map<Cell, number>;
  /** Its name in the cache; asked again after the run, since what it depends on may have changed meanwhile. */
  key: () => string | undefined;
  keyBefore: string | undefined;
  way: Way;
}

/** A run found in the cache, whose outputs the notebook has now; or kernels to run it on. */
type Way = { isCached: true; cells: CellResult[] } | { isCached: false; kernels: KernelSource };

const folderOf = ({ path }: NotebookTask): string => dirname(resolve(path));

/** Reads the notebook and looks for what is known of it. */
async function openNotebook(task: NotebookTask, kernels: CourseKernels, options: RunNotebooksOptions): Promise<OpenedNotebook> {
  const { cache, parameters = {}, allowErrors = false, env = {} } = options;
  const cwd = folderOf(task);
  const notebook = await readNotebook(task.path);
  const asRead = { ...notebook, cells: notebook.cells.map((cell) => ({ ...cell })) }; // running changes the notebook
  const key = (): string | undefined => {
    try {
      return cache && kernels.isBuiltIn(notebook) ? runKey(asRead, { cwd, parameters, allowErrors, env }) : undefined;
    } catch {
      return undefined; // it depends on a file that cannot be read, or is just being replaced
    }
  };
  const keyBefore = key();
  const indexInFile = new Map(notebook.cells.map((cell, index) => [cell, index]));
  const cached = keyBefore === undefined ? undefined : await cache?.get(keyBefore, notebook);
  const way: Way = cached ? { isCached: true, cells: cached } : { isCached: false, kernels: await kernels.for(notebook) };
  return { notebook, indexInFile, key, keyBefore, way };
}

async function runNotebook(task: NotebookTask, opened: OpenedNotebook | CellError, options: RunNotebooksOptions): Promise<NotebookRun> {
  const { path, output } = task;
  const end = (run: NotebookRun): NotebookRun => {
    options.onEvent?.({ type: "notebook-end", result: run.result });
    return run;
  };
  if (!("way" in opened)) return end({ result: { path, status: "failed", seconds: 0, cells: [], error: opened }, cells: [] });
  const { notebook, indexInFile, way } = opened;
  if (!way.isCached && options.signal?.aborted) return end({ result: { path, status: "skipped", seconds: 0, cells: [] }, cells: [] });
  const result: NotebookResult = way.isCached
    ? { path, status: "cached", seconds: 0, cells: way.cells }
    : await execute(task, opened, way.kernels, options);
  const cells = notebook.cells.map((cell) => ({ source: cell.source, indexInFile: indexInFile.get(cell) }));
  try {
    await save(output, notebook);
    return end({ result, cells, output });
  } catch (error) {
    return end({ result: { ...result, status: "failed", error: describeError(error) }, cells });
  }
}

async function save(output: string, notebook: Notebook): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  await writeNotebook(output, notebook);
}

async function execute(
  task: NotebookTask,
  { notebook, key, keyBefore }: OpenedNotebook,
  kernels: KernelSource,
  options: RunNotebooksOptions,
): Promise<NotebookResult> {
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
  // When a file that it depends on was changed meanwhile, it is unknown which version the cells saw.
  const isSure = result.status === "passed" && keyBefore !== undefined && key() === keyBefore;
  // A run that cannot be remembered has passed all the same.
  if (isSure) await cache?.put(keyBefore, notebook, result.cells).catch(() => undefined);
  return result;
}
