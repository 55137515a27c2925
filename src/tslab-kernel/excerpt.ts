import { dim, red } from "./colours.ts";

/** Lines shown before and after the marked one. */
const around = 2;

/** The lines around a place of a cell, the place marked. Line and column count from 1. */
export function excerpt(code: string, line: number, column: number, length: number = 1): string[] {
  const lines = code.split("\n");
  const from = Math.max(1, line - around);
  const to = Math.min(lines.length, line + around);
  const width = String(to).length;
  const shown: string[] = [];
  for (let number = from; number <= to; number++) {
    const text = lines[number - 1]!;
    const gutter = `${String(number).padStart(width)} |`;
    shown.push(number === line ? `${red(`> ${gutter}`)} ${text}` : `${dim(`  ${gutter}`)} ${text}`);
    if (number !== line) continue;
    // As wide as what stands above: a tab stays one.
    const before = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    const marked = Math.max(1, Math.min(length, text.length - column + 1));
    shown.push(`${dim(`  ${" ".repeat(width)} |`)} ${before}${red("^".repeat(marked))}`);
  }
  return shown;
}
