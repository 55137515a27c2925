/** Annotations for GitHub Actions: each failing cell, at the line of the .ipynb where the failing line of code stands. */
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { CellError } from "../execute/index.ts";
import { isGood, type NotebookRun } from "./run.ts";
import { sourceLines } from "./source-lines.ts";
import { plain } from "./words.ts";

const escapeText = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string): string => escapeText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

function linesOf(path: string): number[][] {
  try {
    return sourceLines(readFileSync(path, "utf8"));
  } catch {
    return []; // the file itself is what is wrong
  }
}

/**
 * Workflow commands, one a line, to be written to stdout.
 *
 * @param root The checkout, which paths in annotations are relative to (GITHUB_WORKSPACE).
 */
export function toGitHubAnnotations(runs: readonly NotebookRun[], root: string = process.cwd()): string {
  const commands = runs
    .filter(({ result }) => !isGood(result.status) && result.status !== "skipped")
    .flatMap((run) => {
      const { path, cells, error } = run.result;
      const lines = linesOf(path);
      const annotation = (place: string, line: number, { name, message }: CellError): string => {
        const properties = `file=${escapeProperty(relative(root, resolve(path)))},line=${line},title=${escapeProperty(place)}`;
        return `::error ${properties}::${escapeText(plain(`${name}: ${message}`))}\n`;
      };
      const ofCells = cells.flatMap((cell) => {
        if (!cell.error || cell.status === "passed" || cell.status === "skipped") return [];
        const index = run.cells[cell.index]?.indexInFile;
        const own = index === undefined ? [] : (lines[index] ?? []);
        return [annotation(`cell ${cell.index + 1} ${cell.status}`, own[(cell.error.line ?? 1) - 1] ?? own[0] ?? 1, cell.error)];
      });
      return ofCells.length > 0 || !error ? ofCells : [annotation(run.result.status, 1, error)];
    });
  return commands.join("");
}
