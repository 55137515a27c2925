/** Many notebooks: read, run side by side on kernels started ahead, written out, remembered. */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { describeError, executeNotebook, type CellResult, type ExecutionEvent, type NotebookResult } from "../execute/index.ts";
import type { KernelSource } from "../kernel/index.ts";
import { readNotebook, writeNotebook, type Cell, type Notebook } from "../nbformat/index.ts";
import { isGood, type NotebookRun } from "../report/index.ts";
import { Autosave } from "./autosave.ts";
import { explain, type Explanation } from "./explanation.ts";
import { inOrder } from "./in-order.ts";
import { CourseKernels, type CourseKernelsOptions } from "./kernels.ts";
import type { RunCache } from "./run-cache.ts";
import { RunStop, type StopOptions } from "./stop.ts";
import { keyOf, runInputs, type RunInput } from "./run-key.ts";

export interface NotebookTask {
  /** As reached from the working directory. */
  path: string;
  /** Where its executed copy goes; without it none is written. */
  output?: string;
  /** Paths of notebooks of this run that have to have ended before; others are passed over. */
  after?: readonly string[];
}

/** A run with what came of it in hand. */
export interface FinishedRun extends NotebookRun {
  /** As executed; missing where the file could not be read, or nothing was started any more. */
  notebook?: Notebook;
  /** What kept the notebook from being opened: the file, its kernel. */
  thrown?: unknown;
}

export interface RunNotebooksOptions extends CourseKernelsOptions, StopOptions {
  cellTimeoutSeconds?: number;
  timeoutSeconds?: number;
  memoryLimitMb?: number;
  allowErrors?: boolean;
  parameters?: Record<string, unknown>;
  /** Restores runs whose every input is as it was; without one everything is run. */
  cache?: RunCache;
  /** How often a notebook tagged `flaky` is run again when it goes wrong. @default 0 */
  retries?: number;
  /** Looks at a notebook that has passed, and may think otherwise of it. */
  examine?: (path: string, notebook: Notebook, result: NotebookResult) => Promise<NotebookResult>;
  /** Hears for each notebook why it is run, or is not run again, before the first one runs. */
  onExplanation?: (explanation: Explanation) => void;
  /** Hears of all notebooks, in the order of what happens. A `notebook-end` comes when its file is written. */
  onEvent?: (event: ExecutionEvent) => void;
}

/**
 * Runs them all; results are in the order of `tasks`. Never rejects for what a notebook, its file or its kernel does: those are results.
 * No process is left when it returns.
 *
 * @throws {InputError} `kernel` or `server` cannot be had.
 */
export async function runNotebooks(tasks: readonly NotebookTask[], options: RunNotebooksOptions): Promise<FinishedRun[]> {
  const kernels = await CourseKernels.open(options);
  using stop = new RunStop(options);
  try {
    const opened = await Promise.all(tasks.map((task) => openNotebook(task, kernels, options).catch((thrown: unknown) => ({ thrown }))));
    const positions = new Map(tasks.map(({ path }, index) => [resolve(path), index]));
    const work = tasks.map((task, index) => ({
      after: (task.after ?? []).flatMap((path) => positions.get(resolve(path)) ?? []),
      run: () => runNotebook(task, opened[index]!, options, stop),
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
  /** What decides what comes of it; asked again after the run, since that may have changed meanwhile. */
  look: () => RunInput[] | undefined;
  inputs: RunInput[] | undefined;
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
  const isBuiltIn = kernels.isBuiltIn(notebook);
  const look = (): RunInput[] | undefined => {
    try {
      return cache && isBuiltIn ? runInputs(asRead, { cwd, parameters, allowErrors, env }) : undefined;
    } catch {
      return undefined; // it depends on a file that cannot be read, or is just being replaced
    }
  };
  const inputs = look();
  const indexInFile = new Map(notebook.cells.map((cell, index) => [cell, index]));
  const cached = inputs && (await cache?.get(keyOf(inputs), notebook));
  if (options.onExplanation) {
    const before = await cache?.inputsOf(resolve(task.path));
    const known = { hasCache: cache !== undefined, isBuiltIn, isCached: cached !== undefined, inputs, before };
    options.onExplanation(explain(task.path, known));
  }
  if (cached) await cache?.rememberInputs(resolve(task.path), inputs!).catch(() => undefined);
  const way: Way = cached ? { isCached: true, cells: cached } : { isCached: false, kernels: await kernels.for(notebook) };
  return { notebook, indexInFile, look, inputs, way };
}

async function runNotebook(
  task: NotebookTask,
  opened: OpenedNotebook | { thrown: unknown },
  options: RunNotebooksOptions,
  stop: RunStop,
): Promise<FinishedRun> {
  const { path, output } = task;
  const end = (run: FinishedRun): FinishedRun => {
    stop.note(run.result.status);
    options.onEvent?.({ type: "notebook-end", result: run.result });
    return run;
  };
  if ("thrown" in opened) {
    const error = describeError(opened.thrown);
    return end({ result: { path, status: "failed", seconds: 0, cells: [], error }, cells: [], thrown: opened.thrown });
  }
  const { notebook, indexInFile, way } = opened;
  if (!way.isCached && stop.startsNothingMore) return end({ result: { path, status: "skipped", seconds: 0, cells: [] }, cells: [] });
  let result: NotebookResult = way.isCached
    ? { path, status: "cached", seconds: 0, cells: way.cells }
    : await execute(task, opened, way.kernels, options, stop);
  const cells = notebook.cells.map((cell) => ({ source: cell.source, indexInFile: indexInFile.get(cell) }));
  try {
    if (options.examine && isGood(result.status)) result = await options.examine(path, notebook, result);
    await save(output, notebook);
    return end({ result, cells, notebook, ...(output === undefined ? {} : { output }) });
  } catch (error) {
    return end({ result: { ...result, status: "failed", error: describeError(error) }, cells, notebook });
  }
}

async function save(output: string | undefined, notebook: Notebook): Promise<void> {
  if (output === undefined) return;
  await mkdir(dirname(output), { recursive: true });
  await writeNotebook(output, notebook);
}

/** Notebooks say so themselves, by a tag of their own or of one of their cells. */
function isFlaky({ metadata, cells }: Notebook): boolean {
  const tags = Array.isArray(metadata["tags"]) ? (metadata["tags"] as unknown[]) : [];
  return tags.includes("flaky") || cells.some((cell) => cell.metadata.tags?.includes("flaky"));
}

async function execute(
  task: NotebookTask,
  { notebook, look, inputs }: OpenedNotebook,
  kernels: KernelSource,
  options: RunNotebooksOptions,
  { signal }: RunStop,
): Promise<NotebookResult> {
  const { cache, onEvent, cellTimeoutSeconds, timeoutSeconds, memoryLimitMb, allowErrors, parameters } = options;
  const autosave = new Autosave(() => save(task.output, notebook));
  const attempt = (): Promise<NotebookResult> =>
    executeNotebook(notebook, {
      ...(cellTimeoutSeconds === undefined ? {} : { cellTimeoutSeconds }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(memoryLimitMb === undefined ? {} : { memoryLimitMb }),
      ...(allowErrors === undefined ? {} : { allowErrors }),
      ...(parameters === undefined ? {} : { parameters }),
      signal,
      path: task.path,
      cwd: folderOf(task),
      kernels,
      onOutput: () => autosave.offer(),
      onEvent: (event) => {
        if (event.type === "cell-end") autosave.offer();
        if (event.type !== "notebook-end") onEvent?.(event);
      },
    });
  const most = isFlaky(notebook) ? 1 + (options.retries ?? 0) : 1;
  let result = await attempt();
  for (let attempts = 2; attempts <= most && result.status !== "passed" && !signal.aborted; attempts++) {
    const next = await attempt();
    result = { ...next, seconds: result.seconds + next.seconds, attempts };
  }
  await autosave.settled();
  // When a file that it depends on was changed meanwhile, it is unknown which version the cells saw.
  // One that passed at another try may fail the next time.
  if (!cache || !inputs || result.status !== "passed" || result.attempts !== undefined) return result;
  const after = look();
  if (!after || keyOf(after) !== keyOf(inputs)) return result;
  // A run that cannot be remembered has passed all the same.
  await cache.put(keyOf(inputs), notebook, result.cells).catch(() => undefined);
  await cache.rememberInputs(resolve(task.path), inputs).catch(() => undefined);
  return result;
}
