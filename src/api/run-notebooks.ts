/** Notebooks run from a program: options in, runs with their outputs out. */
import { join } from "node:path";
import { cacheFolder, RunCache, runNotebooks as runAll, type RunNotebooksOptions } from "../course/index.ts";
import type { ExecutionEvent } from "../execute/index.ts";
import { checkArgument, checkOptions, type Kind } from "./check.ts";
import { NotebookRun } from "./notebook-run.ts";

export interface RunOptions {
  /** Values for names that the cell tagged `parameters` declares. */
  parameters?: Record<string, unknown>;
  /** How long each cell may run. A cell's own `metadata.execution.timeout` comes first, then the notebook's. @default without end */
  cellTimeoutSeconds?: number;
  /** How long the notebook may run, its kernel's start included. @default without end */
  timeoutSeconds?: number;
  /** Megabytes (10⁶ bytes) that the kernel and all it has started may hold; Linux only. @default without end */
  memoryLimitMb?: number;
  /** Runs the cells after a failed one as well, and lets the notebook pass. @default false */
  allowErrors?: boolean;
  /** How often a notebook tagged `flaky` is run again when it goes wrong. @default 0 */
  retries?: number;
  /** Takes the outputs of an earlier run that passed, while nothing that the notebook depends on has changed; its status is `cached`. @default false */
  cache?: boolean;
  /** Name of a kernelspec, or the folder of one. @default the kernel that the notebook names */
  kernel?: string;
  /** A Jupyter Server whose kernels are used. */
  server?: { url: string; token?: string };
  /** Variables for the kernel's environment. */
  env?: Record<string, string>;
  /** Stops the run: the cell is interrupted, the kernel ended. The run resolves, with its outputs so far. */
  signal?: AbortSignal;
  /** Hears what happens, in order. What it throws is not caught. */
  onEvent?: (event: ExecutionEvent) => void;
}

export interface RunManyOptions extends RunOptions {
  /** Notebooks at a time. @default as many as there are cores, and as memory carries */
  jobs?: number;
  /** How long all of them together may take. @default without end */
  runTimeoutSeconds?: number;
  /** Starts nothing more once a notebook has gone wrong. @default false */
  failFast?: boolean;
}

const runOptions = {
  parameters: "fields",
  cellTimeoutSeconds: "positive",
  timeoutSeconds: "positive",
  memoryLimitMb: "positive",
  allowErrors: "boolean",
  retries: "integer",
  cache: "boolean",
  kernel: "text",
  server: "fields",
  env: "fields",
  signal: "signal",
  onEvent: "function",
} as const;

/** With their kinds, for those who add some of their own. */
export const runManyOptions: Readonly<Record<string, Kind>> = {
  ...runOptions,
  jobs: "integer",
  runTimeoutSeconds: "positive",
  failFast: "boolean",
};

/** As the room that runs them takes them. */
export function settingsOf({ cache, ...options }: RunManyOptions): RunNotebooksOptions {
  const given = Object.entries(options).filter(([name, value]) => name in runManyOptions && value !== undefined);
  const { jobs, ...rest } = Object.fromEntries(given) as Omit<RunManyOptions, "cache">;
  return {
    ...rest,
    ...(jobs ? { jobs } : {}),
    ...(cache === true ? { cache: new RunCache(join(cacheFolder(), "runs")) } : {}),
  };
}

/**
 * Runs one notebook in a kernel of its own, which works in the notebook's folder. The file is not changed.
 *
 * @returns the run, also when a cell fails, takes too long or loses its kernel: `run.assertPassed()` throws then.
 * @throws {InputError} The file cannot be read, or wants a kernel that is not there; an option is wrong.
 * @throws {NotebookFormatError} The file is not a notebook.
 * @throws {CairnError} The Jupyter Server cannot be reached.
 */
export async function runNotebook(path: string, options: RunOptions = {}): Promise<NotebookRun> {
  checkArgument("path", path, "text");
  checkOptions(options, runOptions);
  const [run] = await runAll([{ path }], { ...settingsOf(options), jobs: 1 });
  if ("thrown" in run!) throw run.thrown;
  return new NotebookRun(run!);
}

/**
 * Runs several, side by side; the next kernel starts while notebooks run.
 *
 * @returns the runs, in the order of `paths`. A file that cannot be opened is one that failed: `run.error` says why.
 * @throws {InputError} `kernel` is not there; an option is wrong.
 */
export async function runNotebooks(paths: readonly string[], options: RunManyOptions = {}): Promise<NotebookRun[]> {
  if (!Array.isArray(paths)) checkArgument("paths", paths, "texts");
  for (const [index, path] of paths.entries()) checkArgument(`paths[${index}]`, path, "text");
  checkOptions(options, runManyOptions);
  const runs = await runAll(
    paths.map((path) => ({ path })),
    settingsOf(options),
  );
  return runs.map((run) => new NotebookRun(run));
}
