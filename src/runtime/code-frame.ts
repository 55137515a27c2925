/** Lines of source with their numbers, around a marked place: the one form in which Cairn quotes code. */

export interface CodeMark {
  /** From 1; nothing where it is not known. */
  line: number | undefined;
  /** From 1; without one, only the line is marked. */
  column?: number | undefined;
  /** Characters marked beneath. @default 1 */
  length?: number | undefined;
}

export interface FramePaint {
  red: (text: string) => string;
  dim: (text: string) => string;
}

const unpainted: FramePaint = { red: String, dim: String };

/**
 * The marked line with `around` lines before and after it; without a line, or with one outside the source, the first lines.
 *
 * @example
 * codeFrame("const x = 1\nfoo()", { line: 2, column: 1, length: 3 })   // ["  1 | const x = 1", "> 2 | foo()", "    | ^^^"]
 */
export function codeFrame(source: string, mark: CodeMark, paint: FramePaint = unpainted, around = 2): string[] {
  const lines = source.split("\n");
  const line = mark.line !== undefined && mark.line >= 1 && mark.line <= lines.length ? mark.line : undefined;
  const from = Math.max(1, (line ?? 1) - around);
  const to = Math.min(lines.length, line === undefined ? 1 + 2 * around : line + around);
  const width = String(to).length;
  return lines.slice(from - 1, to).flatMap((text, offset) => {
    const number = from + offset;
    const gutter = `${String(number).padStart(width)} |`;
    const numbered = number === line ? paint.red(`> ${gutter}`) : paint.dim(`  ${gutter}`);
    const shown = text === "" ? numbered : `${numbered} ${text}`;
    if (number !== line || mark.column === undefined) return [shown];
    const before = text.slice(0, mark.column - 1).replace(/[^\t]/g, " "); // as wide as what stands above: a tab stays one
    const marked = Math.max(1, Math.min(mark.length ?? 1, text.length - mark.column + 1));
    return [shown, `${paint.dim(`  ${" ".repeat(width)} |`)} ${before}${paint.red("^".repeat(marked))}`];
  });
}
