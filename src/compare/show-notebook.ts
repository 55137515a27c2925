/** The difference of two notebooks as lines for a terminal, a pager or a log. */
import type { CellDifference, CellPlace, NotebookDifference } from "./notebooks.ts";
import { showLines, showOutput, unpainted, type DiffPaint } from "./text.ts";

export interface CellPaint extends DiffPaint {
  bold: (text: string) => string;
  cyan: (text: string) => string;
}

const noPaint: CellPaint = { ...unpainted, bold: String, cyan: String };

const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `    ${line}`));

function heading({ kind, before, after }: CellDifference, paint: CellPaint): string {
  const { type, index } = (after ?? before) as CellPlace;
  const from = before && after && before.index !== after.index ? `, was cell ${before.index + 1}` : "";
  const word = kind === "added" ? paint.green("added") : kind === "removed" ? paint.red("removed") : "changed";
  return `${paint.cyan(`cell ${index + 1}`)} (${type}${from}) ${word}`;
}

/** @param names Of the two notebooks. */
export function showNotebooks(
  names: readonly [string, string],
  { metadata, cells }: NotebookDifference,
  paint: CellPaint = noPaint,
): string[] {
  const shown = [paint.bold(paint.red(`--- ${names[0]}`)), paint.bold(paint.green(`+++ ${names[1]}`))];
  if (metadata) shown.push("", paint.cyan("the notebook's metadata"), ...indented(showLines(metadata, paint)));
  for (const cell of cells) {
    shown.push("", heading(cell, paint));
    if (cell.source) shown.push(...indented(showLines(cell.source, paint)));
    if (cell.metadata) shown.push(...indented([paint.dim("metadata"), ...showLines(cell.metadata, paint)]));
    for (const output of cell.outputs ?? []) {
      const [first, ...rest] = showOutput(output, paint);
      shown.push(...indented([paint.dim(`output ${first!}`), ...rest]));
    }
  }
  return shown;
}
