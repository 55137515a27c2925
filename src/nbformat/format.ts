/** Notebook → file text in Jupyter's own layout, so that a file Jupyter wrote comes back byte for byte. */
import { withIds } from "./ids.ts";
import { derive, formatJson } from "./json.ts";
import { splitLines } from "./lines.ts";
import type { Notebook } from "./types.ts";

export function formatNotebook(notebook: Notebook): string {
  const complete = notebook.nbformat_minor >= 5 ? derive(notebook, { cells: withIds(notebook.cells) }) : notebook;
  return `${formatJson(splitLines(complete))}\n`;
}
