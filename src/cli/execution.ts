/** What `run` and `course` share: the options of an execution, and executing with all its reports. */
import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { cacheFolder, RunCache, runNotebooks, type Explanation, type NotebookTask, type RunNotebooksOptions } from "../course/index.ts";
import { NotebookFormatError } from "../nbformat/index.ts";
import { createTerminalReporter, isGood, toGitHubAnnotations, toJobSummary, toJson, toJUnit, type NotebookRun } from "../report/index.ts";
import { replaceFile } from "../runtime/files.ts";
import type { Interrupt } from "./interrupt.ts";

/** For parseArgs. */
export const executionOptions: Record<string, { type: "string" | "boolean" }> = {
  jobs: { type: "string" },
  "cell-timeout": { type: "string" },
  timeout: { type: "string" },
  "run-timeout": { type: "string" },
  "memory-limit": { type: "string" },
  "fail-fast": { type: "boolean" },
  retries: { type: "string" },
  "no-cache": { type: "boolean" },
  explain: { type: "boolean" },
  live: { type: "boolean" },
  json: { type: "string" },
  junit: { type: "string" },
};

export const executionHelp = `  --jobs N            notebooks at a time; as many as there are cores (and 600 MB of free memory for each)
  --cell-timeout S    seconds that each cell may run: it is interrupted, then its kernel is ended. "execution": { "timeout": S } in the
                      metadata of a cell, or of the notebook, comes before it
  --timeout S         seconds that each notebook may run
  --run-timeout S     seconds that all of them together may take: what runs then is stopped, the rest is not run
  --memory-limit MB   megabytes that a kernel and all that it starts may hold; looked at five times a second, on Linux only. A kernel that holds
                      more is ended, and its cell named. "execution": { "memory_limit": MB } in the notebook's metadata comes before it
  --fail-fast         start no further notebook after one that goes wrong; those that run go on to their end
  --retries N         run notebooks that go wrong again, at most N times, if they or a cell of theirs are tagged "flaky";
                      reports say how often each was run
  --no-cache          run all of them, also those of which nothing has changed since they last passed
  --explain           say at the end why each notebook was run, or was not run again, and all that was looked at to decide it
  --live              show what cells show, as it comes: text with its cell's number, and the notebook's name where there are several;
                      images and the like by their kind and size
  --json FILE         results for programs
  --junit FILE        results for CI: a test suite for each notebook, a test case for each code cell
On GitHub, failures become annotations, and the page of the job gets a table of all notebooks.`;

/** The cache's rule, for both helps. */
export const cacheHelp = `A notebook that has passed is not run again while nothing it depends on has changed: its code cells, parameters and profile,
the kernel and Node, the lockfile, environment variables that its code reads as process.env.NAME, local files that it imports or names, what those import, read or name in turn,
packages of the workspace as they are built. The network, the clock, and names of variables and paths that code puts together are not seen:
use --no-cache for those. What the code reads beyond that can be named in the notebook's metadata: "cairn": { "reads": ["../data"] }.`;

/** Values of `executionOptions` as parseArgs gives them. */
export type ExecutionValues = Record<string, unknown>;

const text = (values: ExecutionValues, name: string): string | undefined => values[name] as string | undefined;

function positive(values: ExecutionValues, name: string): number | undefined {
  const given = text(values, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InputError(`--${name} must be a number > 0, got ${given}`, { facts: { option: name, value: given } });
}

export function wholeNumber(values: ExecutionValues, name: string): number | undefined {
  const value = positive(values, name);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new InputError(`--${name} must be an integer, got ${value}`, { facts: { option: name, value } });
}

export type ExecutionSettings = Pick<
  RunNotebooksOptions,
  "jobs" | "cellTimeoutSeconds" | "timeoutSeconds" | "runTimeoutSeconds" | "memoryLimitMb" | "failFast" | "retries" | "cache"
>;

/** @throws {InputError} A value that is not a number above zero. */
export function readExecution(values: ExecutionValues): ExecutionSettings {
  const jobs = wholeNumber(values, "jobs");
  const retries = wholeNumber(values, "retries");
  const cellTimeoutSeconds = positive(values, "cell-timeout");
  const timeoutSeconds = positive(values, "timeout");
  const runTimeoutSeconds = positive(values, "run-timeout");
  const memoryLimitMb = positive(values, "memory-limit");
  return {
    failFast: values["fail-fast"] === true,
    ...(jobs === undefined ? {} : { jobs }),
    ...(retries === undefined ? {} : { retries }),
    ...(cellTimeoutSeconds === undefined ? {} : { cellTimeoutSeconds }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(runTimeoutSeconds === undefined ? {} : { runTimeoutSeconds }),
    ...(memoryLimitMb === undefined ? {} : { memoryLimitMb }),
    ...(values["no-cache"] === true ? {} : { cache: new RunCache(join(cacheFolder(), "runs")) }),
  };
}

/** The file is not a notebook, or wants what is not there: wrong input, not a failing notebook. */
const isWrongInput = ({ result: { error } }: NotebookRun): boolean =>
  [InputError.code, NotebookFormatError.code].some((code) => error?.code === code);

const explained = ({ path, isRun, why, inputs }: Explanation): string =>
  [
    `${path} was ${isRun ? "run" : "not run again"}: ${why}`,
    ...(inputs.length > 0 ? ["  looked at:", ...inputs.map((name) => `    ${name}`)] : []),
  ].join("\n");

/** Of notebooks that were run before, and are in the reports too; a notebook that is run again counts as it ends now. */
type Earlier = ReadonlyMap<string, NotebookRun>;

export interface Executed {
  runs: NotebookRun[];
  /** 0 all passed, 1 a notebook failed, 2 a file that cannot be run, 130 interrupted. */
  exitCode: number;
}

/** Runs them with a live report, and writes the reports that were asked for, whatever becomes of the notebooks. */
export async function executeAll(
  tasks: readonly NotebookTask[],
  options: RunNotebooksOptions,
  values: ExecutionValues,
  interrupt: Interrupt,
  earlier: Earlier = new Map(),
): Promise<Executed> {
  const begun = performance.now();
  // GitHub obeys each line that begins with "::", also in the message of a notebook's error.
  const token = randomUUID();
  if (process.env.GITHUB_ACTIONS) process.stdout.write(`::stop-commands::${token}\n`);
  const reporter = createTerminalReporter(tasks.length, process.stdout, process.env, values.live === true);
  let runs: NotebookRun[] = [];
  const explanations: Explanation[] = [];
  try {
    runs = await runNotebooks(tasks, {
      ...options,
      signal: interrupt.signal,
      onEvent: (event) => reporter.onEvent(event),
      ...(values.explain === true ? { onExplanation: (explanation) => explanations.push(explanation) } : {}),
    });
  } finally {
    reporter.end(runs, (performance.now() - begun) / 1000);
    for (const explanation of explanations) console.log(`\n${explained(explanation)}`);
    if (process.env.GITHUB_ACTIONS) process.stdout.write(`::${token}::\n`);
  }
  const seconds = (performance.now() - begun) / 1000;
  if (process.env.GITHUB_ACTIONS) process.stdout.write(toGitHubAnnotations(runs, process.env.GITHUB_WORKSPACE));
  if (process.env.GITHUB_STEP_SUMMARY) await appendFile(process.env.GITHUB_STEP_SUMMARY, toJobSummary(runs, seconds));
  await writeReports([...new Map([...earlier, ...runs.map((each) => [each.result.path, each] as const)]).values()], values);
  const worst = runs.some(isWrongInput) ? 2 : runs.every(({ result }) => isGood(result.status)) ? 0 : 1;
  return { runs, exitCode: interrupt.exitCode ?? worst };
}

/** Those that were asked for as files. */
export async function writeReports(runs: readonly NotebookRun[], values: ExecutionValues): Promise<void> {
  const [json, junit] = [text(values, "json"), text(values, "junit")];
  if (json !== undefined) await replaceFile(json, toJson(runs));
  if (junit !== undefined) await replaceFile(junit, toJUnit(runs));
}
