/** Notebook → file text in Jupyter's own layout, so that a file Jupyter wrote comes back byte for byte. */
import { formatJson } from "./json.ts";
import { splitLines } from "./lines.ts";
import type { Notebook } from "./types.ts";

export function formatNotebook(notebook: Notebook): string {
  return `${formatJson(splitLines(notebook))}\n`;
}
