/** Differences as lines for a reader: what went with a minus, what came with a plus, a little around them. */
import type { Line } from "./lines.ts";
import type { OutputDifference } from "./outputs.ts";

type Paint = (text: string) => string;

export interface DiffPaint {
  red: Paint;
  green: Paint;
  dim: Paint;
}

export const unpainted: DiffPaint = { red: String, green: String, dim: String };

const around = 2;
const longestLine = 200;

const cut = (text: string): string => (text.length > longestLine ? `${text.slice(0, longestLine)}… (${text.length} characters)` : text);

/** @param most How many changed lines are shown. */
export function showLines(lines: readonly Line[], paint: DiffPaint = unpainted, most = 40): string[] {
  const isNear = lines.map(() => false);
  for (const [index, { kind }] of lines.entries())
    if (kind !== "same")
      for (let near = Math.max(0, index - around); near <= Math.min(lines.length - 1, index + around); near++) isNear[near] = true;
  const shown: string[] = [];
  let [passed, changes] = [0, 0];
  const flush = (): void => {
    if (passed > 0) shown.push(paint.dim(`  … ${passed} unchanged ${passed === 1 ? "line" : "lines"}`));
    passed = 0;
  };
  for (const [index, { kind, text }] of lines.entries()) {
    if (kind !== "same" && ++changes > most) continue;
    if (!isNear[index] || changes > most) {
      if (changes <= most) passed++;
      continue;
    }
    flush();
    const line = cut(text);
    shown.push(kind === "removed" ? paint.red(`- ${line}`) : kind === "added" ? paint.green(`+ ${line}`) : `  ${line}`.trimEnd());
  }
  flush();
  if (changes > most) shown.push(paint.dim(`  … and ${changes - most} more changed ${changes - most === 1 ? "line" : "lines"}`));
  return shown;
}

const words = { removed: "is no longer shown", added: "was not shown before", changed: "" } as const;

/** A heading that names the output, and what is different beneath it. */
export function showOutput({ type, kind, lines, what }: OutputDifference, paint: DiffPaint = unpainted): string[] {
  const heading = [type, words[kind], what ?? ""].filter((part) => part !== "").join(": ");
  return [heading, ...(lines ? showLines(lines, paint).map((line) => `  ${line}`) : [])];
}
