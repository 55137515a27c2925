/** The lines around the one that failed, numbered, with a mark at it. */
import type { Colours } from "./colours.ts";
import { plain } from "./words.ts";

const around = 2;

/** @param line From 1; without one, or with one outside the source, the first lines are shown unmarked. */
export function codeFrame(source: string, line: number | undefined, colours: Colours): string[] {
  const lines = plain(source).replace(/\s+$/, "").split("\n");
  const isMarked = line !== undefined && line >= 1 && line <= lines.length;
  const from = isMarked ? Math.max(1, line - around) : 1;
  const to = Math.min(lines.length, isMarked ? line + around : 1 + 2 * around);
  const width = String(to).length;
  return lines.slice(from - 1, to).map((text, offset) => {
    const number = from + offset;
    const gutter = `${String(number).padStart(width)} |`;
    return number === line ? `${colours.red(`> ${gutter}`)} ${text}` : `${colours.dim(`  ${gutter}`)} ${text}`.trimEnd();
  });
}
