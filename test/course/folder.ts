/** Folders with notebooks, for tests. */
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const makeFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "cairn-course-")));

export function put(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A code cell's source, or one with tags, or `{ markdown }`. */
export type CellText = string | { code: string; tags: string[] } | { markdown: string };

/** The text of a notebook file. */
export function notebookText(cells: CellText[], metadata: Record<string, unknown> = {}): string {
  const list = cells.map((cell, index) => {
    if (typeof cell !== "string" && "markdown" in cell)
      return { cell_type: "markdown", id: `cell-${index}`, metadata: {}, source: cell.markdown };
    const [source, own] = typeof cell === "string" ? [cell, {}] : [cell.code, { tags: cell.tags }];
    return { cell_type: "code", id: `cell-${index}`, metadata: own, execution_count: null, outputs: [], source };
  });
  const kernelspec = { name: "tslab", display_name: "TypeScript", language: "typescript" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec, ...metadata }, cells: list }, null, 1);
}
