/** What GitHub shows on the page of a job: a Markdown table of all notebooks, and beneath it each failure with its place. */
import type { CellResult } from "../execute/index.ts";
import { codeFrame } from "../runtime/code-frame.ts";
import { createColours } from "./colours.ts";
import { isGood, type NotebookRun } from "./run.ts";
import { count, duration, firstLine, plain, plainLine } from "./words.ts";

/** GitHub takes a megabyte for each step. */
const mostFailures = 50;
const longestText = 10_000;

const noColours = createColours({}, {});

/** Text in Markdown that stays what it is, also in a cell of a table. */
const inline = (text: string): string => plainLine(text).replace(/[\\`*_{}[\]()<>#+\-.!|~&@:$]/g, (mark) => `&#${mark.charCodeAt(0)};`);

function block(text: string): string {
  const whole = plain(text);
  const shown =
    whole.length > longestText ? `${plain(whole.slice(0, longestText))}\n… and ${whole.length - longestText} more characters` : whole;
  const longest = Math.max(2, ...(shown.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}`;
}

function row({ result: { path, status, seconds, attempts, cells, error } }: NotebookRun): string {
  const bad = cells.find((cell) => cell.error !== undefined && cell.status !== "passed");
  const found = bad?.error ?? error;
  const place = bad ? `cell ${bad.index + 1}: ` : "";
  const what = isGood(status) || !found ? "" : inline(`${place}${firstLine(`${found.name}: ${found.message}`, 120)}`);
  const tries = attempts === undefined ? "" : `, ${attempts} tries`;
  return `| ${isGood(status) ? "✅" : status === "skipped" ? "⚪" : "❌"} ${status}${tries} | ${inline(path)} | ${status === "cached" ? "" : duration(seconds)} | ${what} |`;
}

const failed = ({ status }: CellResult): boolean => status !== "passed" && status !== "skipped";

function failures({ result, cells }: NotebookRun): string[] {
  const ofCells = result.cells.filter(failed).map(({ index, error }) => {
    const frame = codeFrame(plain(cells[index]?.source ?? "").trimEnd(), { line: error?.line }, noColours);
    const line = error?.line === undefined ? "" : `, line ${error.line}`;
    return [
      `### ${inline(result.path)}, cell ${index + 1}${line}`,
      block([`${error?.name ?? ""}: ${error?.message ?? ""}`, "", ...frame].join("\n")),
    ];
  });
  if (ofCells.length > 0 || !result.error) return ofCells.map((parts) => parts.join("\n\n"));
  return [[`### ${inline(result.path)}`, block(`${result.error.name}: ${result.error.message}`)].join("\n\n")];
}

export function toJobSummary(runs: readonly NotebookRun[], seconds: number): string {
  const good = runs.filter(({ result }) => isGood(result.status)).length;
  const all = runs.filter(({ result }) => !isGood(result.status) && result.status !== "skipped").flatMap(failures);
  const left = all.length > mostFailures ? [`… and ${count(all.length - mostFailures, "more failure")}`] : [];
  const table = ["| | notebook | time | |", "| --- | --- | ---: | --- |", ...runs.map(row)].join("\n");
  return `${[`## ${good} of ${count(runs.length, "notebook")} passed in ${duration(seconds)}`, table, ...all.slice(0, mostFailures), ...left].join("\n\n")}\n`;
}
