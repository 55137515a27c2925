/** A check for programs: JSON, and GitHub's annotations. */
import { annotation, linesOf } from "../report/index.ts";
import type { Finding, NotebookCheck } from "./result.ts";
import { findingsOf } from "./text.ts";

/** `index` is the cell's position in the notebook, from 0; lines and columns are those of the cell, or of `file`, from 1. */
export function toCheckJson(checks: readonly NotebookCheck[]): string {
  const notebooks = checks.map(({ path, status, why, error, cells }) => ({
    path,
    status,
    ...(why === undefined ? {} : { why }),
    ...(error ? { error: { name: error.name, message: error.message, ...(error.code === undefined ? {} : { code: error.code }) } } : {}),
    cells,
  }));
  return `${JSON.stringify({ notebooks }, null, 2)}\n`;
}

/** Each at the line of the .ipynb where its line of code stands. @param root The checkout. */
export function toCheckAnnotations(checks: readonly NotebookCheck[], root: string = process.cwd()): string {
  return checks.flatMap((check) => [...ownAnnotation(check, root), ...cellAnnotations(check, root)]).join("");
}

const ownAnnotation = ({ path, error }: NotebookCheck, root: string): string[] =>
  error ? [annotation("error", { path, line: 1, title: "not checked", message: `${error.name}: ${error.message}` }, root)] : [];

function cellAnnotations(check: NotebookCheck, root: string): string[] {
  const lines = linesOf(check.path);
  return findingsOf(check).map(({ index, ...finding }) => {
    const { severity, rule, message, notes, line, file } = finding;
    const own = lines[check.sources[index]?.indexInFile ?? -1] ?? [];
    const place = file === undefined ? { path: check.path, line: own[line - 1] ?? own[0] ?? 1 } : { path: file, line };
    return annotation(severity, { ...place, title: titleOf(finding, index), message: [`${rule}: ${message}`, ...notes].join("\n") }, root);
  });
}

const titleOf = ({ file, line }: Finding, index: number): string => `cell ${index + 1}${file === undefined ? `, line ${line}` : ""}`;
