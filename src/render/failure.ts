/** Whether the run that a notebook shows failed, and at which cells; said at the top of its page. */
import type { CodeCell, ErrorOutput, Notebook } from "../nbformat/index.ts";
import { stripAnsi } from "./ansi.ts";
import type { Contents } from "./contents.ts";
import { escapeHtml } from "./html.ts";
import { tagsOf, visibilityOf } from "./tags.ts";

/** What ends a run even where errors are expected. */
const never = new Set(["NothingRaised", "CellTimeout", "NotebookTimeout", "KernelDied", "NotRun", "Interrupted"]);

const errorOf = (cell: CodeCell): ErrorOutput | undefined => cell.outputs.find((output) => output.output_type === "error");

/** Places of failed cells by index, with their ids on the page. */
export function failedCells(notebook: Notebook, contents: Contents): Map<number, string> {
  const execution = notebook.metadata["execution"] as { allow_errors?: unknown } | null | undefined;
  const failed = [...notebook.cells.entries()].filter(([, cell]) => {
    const error = cell.cell_type === "code" ? errorOf(cell) : undefined;
    if (error === undefined) return false;
    const expected = execution?.allow_errors === true || tagsOf(cell).some((tag) => tag.startsWith("raises-exception"));
    return !expected || never.has(error.ename);
  });
  return new Map(failed.map(([index]) => [index, contents.claim(`cell-${index + 1}`)]));
}

const shownFailures = 5;

/** What the top of the page says; nothing where no cell failed. */
export function failureNote({ cells }: Notebook, failed: ReadonlyMap<number, string>): string {
  if (failed.size === 0) return "";
  const items = [...failed].slice(0, shownFailures).map(([index, id]) => {
    const { cell, output } = visibilityOf(cells[index]!);
    if (cell === "removed" || output === "removed") return `<li>Cell ${index + 1}, which this page leaves out</li>`;
    const { ename, evalue } = errorOf(cells[index] as CodeCell)!;
    const [line = ""] = stripAnsi(evalue === "" ? ename : `${ename}: ${evalue}`)
      .trim()
      .split("\n");
    return `<li><a href="#${escapeHtml(encodeURIComponent(id))}">Cell ${index + 1}</a>: ${escapeHtml(line.slice(0, 300))}</li>`;
  });
  const last = Math.max(...failed.keys());
  const left = cells
    .slice(last + 1)
    .filter((cell) => cell.cell_type === "code" && cell.source.trim() !== "" && cell.execution_count === null);
  const more = failed.size - shownFailures;
  const notes = [
    more > 0 ? `${more} more cells failed.` : "",
    left.length > 0 ? `${left.length} ${left.length === 1 ? "cell" : "cells"} after it did not run.` : "",
  ].filter(Boolean);
  return [
    '<div class="error failure" role="note"><p>The run of this notebook failed.</p>',
    `<ul>${items.join("")}</ul>`,
    notes.length > 0 ? `<p class="note">${notes.join(" ")}</p>` : "",
    "</div>",
  ].join("");
}
