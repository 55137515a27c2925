/** Annotations for GitHub Actions: each failing cell, at the line of the .ipynb where the failing line of code stands. */
import { annotation } from "./annotation.ts";
import type { CellError } from "../execute/index.ts";
import { isGood, type NotebookRun } from "./run.ts";
import { linesOf } from "./source-lines.ts";

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
      const errorAt = (title: string, line: number, { name, message }: CellError): string =>
        annotation("error", { path, line, title, message: `${name}: ${message}` }, root);
      const ofCells = cells.flatMap((cell) => {
        if (!cell.error || cell.status === "passed" || cell.status === "skipped") return [];
        const index = run.cells[cell.index]?.indexInFile;
        const own = index === undefined ? [] : (lines[index] ?? []);
        return [errorAt(`cell ${cell.index + 1} ${cell.status}`, own[(cell.error.line ?? 1) - 1] ?? own[0] ?? 1, cell.error)];
      });
      return ofCells.length > 0 || !error ? ofCells : [errorAt(run.result.status, 1, error)];
    });
  return commands.join("");
}
