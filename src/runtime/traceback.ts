/**
 * Jupyter's tracebacks end with name and message, and programs quote that end (nbmake does). Node puts both first, above the frames; so
 * they are moved beneath them, or said again where more follows the frames.
 */

export const isFrame = (line: string): boolean => /^\s+at /.test(line);

/** Node puts an error's code after its name. */
const code = /(?<=^[\p{ID_Start}$_][\p{ID_Continue}$.]*) \[\w+\](?=:)/u;

/** @param lines An error as Node shows it, in lines. @param title Its name and message. @returns Items of a traceback, the last with both. */
export function titleLast(lines: readonly string[], title: string): string[] {
  const first = lines.findIndex(isFrame);
  const [head, rest] = first < 0 ? [lines, []] : [lines.slice(0, first), lines.slice(first)];
  const whole = head.join("\n").replace(code, "");
  return whole.startsWith(title) && whole !== "" && rest.every(isFrame) ? [...rest, whole] : [...lines, title];
}
