/** What is said at the end: each notebook that went wrong with the place, the error and where its output is, then the count. */
import type { CellError, CellResult, NotebookStatus } from "../execute/index.ts";
import { codeFrame } from "../runtime/code-frame.ts";
import type { Colours } from "./colours.ts";
import { isGood, type NotebookRun } from "./run.ts";
import { count, duration, plain, plainLine } from "./words.ts";

const longestMessage = 20;
const longestDifference = 80;

const did: Record<NotebookStatus, string> = {
  passed: "passed",
  cached: "passed before, nothing has changed since",
  failed: "failed",
  timeout: "took too long",
  died: "lost its kernel",
  skipped: "was not run",
};

const marks: Record<NotebookStatus, string> = { passed: "✓", cached: "✓", failed: "✗", timeout: "✗", died: "✗", skipped: "○" };

export function mark(status: NotebookStatus, colours: Colours): string {
  return isGood(status) ? colours.green(marks[status]) : status === "skipped" ? colours.yellow(marks[status]) : colours.red(marks[status]);
}

/** One line for a notebook that has ended. */
export function endLine({ path, status, seconds, attempts, cells }: NotebookRun["result"], colours: Colours): string {
  const tries = attempts === undefined ? "" : isGood(status) ? `, flaky: passed at try ${attempts}` : `, after ${attempts} tries`;
  const time = `${status === "cached" ? "cached" : duration(seconds)}${tries}`;
  const failed = cells.find(isBad);
  const what = isGood(status) ? count(cells.length, "cell") : colours.red(failed ? `${status} in cell ${failed.index + 1}` : status);
  return `${mark(status, colours)} ${plainLine(path)}  ${colours.dim(time)}  ${isGood(status) ? colours.dim(what) : what}`;
}

const isBad = ({ status }: CellResult): boolean => status !== "passed" && status !== "skipped";

const coloured = (line: string, colours: Colours): string =>
  /^ *- /.test(line) ? colours.red(line) : /^ *\+ /.test(line) ? colours.green(line) : line;

function errorLines(error: CellError | undefined, colours: Colours): string[] {
  if (!error) return [];
  const [first = "", ...rest] = plain(error.message).trimEnd().split("\n");
  const shown = error.isDifference
    ? rest.slice(0, longestDifference).map((line) => coloured(line, colours))
    : rest.slice(0, longestMessage);
  if (rest.length > shown.length) shown.push(`… and ${count(rest.length - shown.length, "more line")}`);
  return [`${colours.red(plainLine(error.name))}${first === "" ? "" : `: ${first}`}`, ...shown];
}

function failureLines({ result, cells, output }: NotebookRun, colours: Colours): string[] {
  const failed = result.cells.filter(isBad);
  const head = `${mark(result.status, colours)} ${colours.bold(plainLine(result.path))} ${did[result.status]}`;
  const ofCells = failed.flatMap((cell) => {
    const line = cell.error?.line;
    const place = `cell ${cell.index + 1}${line === undefined ? "" : `, line ${line}`}`;
    const source = cells[cell.index]?.source;
    const frame = source === undefined ? [] : ["", ...codeFrame(plain(source).trimEnd(), { line }, colours)];
    return ["", `${colours.cyan(place)}  ${duration(cell.seconds)}`, ...errorLines(cell.error, colours), ...frame];
  });
  const own = result.error && !failed.some(({ error }) => error?.message === result.error!.message) ? result.error : undefined;
  const where = output === undefined ? [] : ["", colours.dim(`with its outputs so far: ${plainLine(output)}`)];
  return [head, ...[...errorLines(own, colours), ...ofCells, ...where].map((line) => (line === "" ? "" : `    ${line}`))];
}

/** Statuses in the order in which they are counted. */
const order: NotebookStatus[] = ["passed", "cached", "failed", "timeout", "died", "skipped"];

export function summary(runs: readonly NotebookRun[], seconds: number, colours: Colours): string {
  const bad = runs.filter(({ result }) => result.status !== "skipped" && !isGood(result.status));
  const counts = order
    .map((status) => ({ status, amount: runs.filter(({ result }) => result.status === status).length }))
    .filter(({ amount }) => amount > 0)
    .map(({ status, amount }) =>
      (isGood(status) ? colours.green : status === "skipped" ? colours.yellow : colours.red)(`${amount} ${status}`),
    );
  const flaky = runs.filter(({ result }) => result.attempts !== undefined && isGood(result.status)).length;
  if (flaky > 0) counts.push(colours.yellow(`${flaky} of them flaky`));
  const failures = bad.flatMap((run) => [...failureLines(run, colours), ""]);
  return ["", ...failures, `${count(runs.length, "notebook")}: ${counts.join(", ")}  ${colours.dim(`in ${duration(seconds)}`)}`].join("\n");
}
