/** A check as a person reads it: a line for each notebook, beneath it what is wrong, with the code around it. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { count, duration, plain, plainLine, type Colours } from "../report/index.ts";
import { codeFrame } from "../runtime/code-frame.ts";
import type { Finding, NotebookCheck } from "./result.ts";

export interface Counts {
  errors: number;
  warnings: number;
}

interface PlacedFinding extends Finding {
  /** Position in the notebook, from 0. */
  index: number;
}

/** Those of a file that several cells import once, at the first of these. */
export function findingsOf({ cells }: NotebookCheck): PlacedFinding[] {
  const known = new Set<string>();
  return cells
    .flatMap(({ index, findings }) => findings.map((finding) => ({ ...finding, index })))
    .filter(({ file, line, column, message }) => {
      const key = `${file}:${line}:${column}:${message}`;
      if (file === undefined) return true;
      const isNew = !known.has(key);
      known.add(key);
      return isNew;
    });
}

export function countsOf(check: NotebookCheck): Counts {
  const findings = findingsOf(check);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return { errors: errors + (check.error ? 1 : 0), warnings: findings.length - errors };
}

const countsText = ({ errors, warnings }: Counts): string[] => [
  ...(errors > 0 ? [count(errors, "error")] : []),
  ...(warnings > 0 ? [count(warnings, "warning")] : []),
];

export function notebookText(check: NotebookCheck, colours: Colours): string {
  const { path, status, why = "", cells, error } = check;
  const [mark, paint] =
    status === "passed" ? ["✓", colours.green] : status === "failed" ? ["✗", colours.red] : (["○", colours.yellow] as const);
  const what =
    status === "skipped" ? `not checked: ${plainLine(why)}` : [count(cells.length, "cell"), ...countsText(countsOf(check))].join(", ");
  const head = `${paint(mark)} ${plainLine(path)}  ${status === "failed" ? what : colours.dim(what)}`;
  const own = error ? ["", ...indented([`${colours.red(error.name)}: ${plain(error.message)}`])] : [];
  const lines = [head, ...own, ...findingsOf(check).flatMap((finding) => ["", ...indented(findingLines(finding, check, colours))])];
  return `${lines.join("\n")}${lines.length > 1 ? "\n" : ""}`;
}

const indented = (texts: string[]): string[] => texts.flatMap((text) => text.split("\n")).map((line) => (line === "" ? "" : `    ${line}`));

function findingLines(finding: PlacedFinding, { sources }: NotebookCheck, colours: Colours): string[] {
  const { severity, rule, message, file, index, line, column, length, notes } = finding;
  const cell = `cell ${index + 1}`;
  const place =
    file === undefined ? `${cell}, line ${line}, column ${column}` : `${relative("", file)}:${line}:${column}, imported by ${cell}`;
  const source = file === undefined ? sources[index]?.source : textOf(file);
  const frame = source === undefined ? [] : codeFrame(plain(source).trimEnd(), { line, column, length }, colours);
  const kind = (severity === "error" ? colours.red : colours.yellow)(severity);
  const more = notes.map((note) => `  ${plain(note).replaceAll("\n", "\n  ")}`);
  return [`${colours.cyan(place)}  ${kind} ${colours.dim(rule)}`, plain(message), ...frame, ...more];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

export function summaryText(checks: readonly NotebookCheck[], seconds: number, colours: Colours): string {
  const amount = (status: NotebookCheck["status"], word: string, paint: (text: string) => string): string[] => {
    const found = checks.filter((check) => check.status === status).length;
    return found === 0 ? [] : [paint(`${found} ${word}`)];
  };
  const statuses = [
    ...amount("passed", "passed", colours.green),
    ...amount("failed", "failed", colours.red),
    ...amount("skipped", "not checked", colours.yellow),
  ];
  const counts = checks.map(countsOf);
  const total = {
    errors: counts.reduce((sum, { errors }) => sum + errors, 0),
    warnings: counts.reduce((sum, { warnings }) => sum + warnings, 0),
  };
  const what = countsText(total).map((text) => `, ${text}`);
  return `\n${count(checks.length, "notebook")}: ${statuses.join(", ")}${what.join("")}  ${colours.dim(`in ${duration(seconds)}`)}`;
}
