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

/** What is left of a long line: its beginning, or where it first differs from the line that it is beside. */
function cut(text: string, other: string | undefined): string {
  if (text.length <= longestLine) return text;
  const first = other === undefined ? 0 : firstDifference(text, other);
  const from = first < longestLine / 2 ? 0 : Math.min(first - 40, text.length - longestLine);
  const rest = from + longestLine < text.length ? "…" : "";
  return `${from > 0 ? "…" : ""}${text.slice(from, from + longestLine)}${rest} (${text.length} characters)`;
}

function firstDifference(one: string, other: string): number {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  return same;
}

/** For each line that went the one that came in its place, and the other way round: the first of a run beside the first, and so on. */
function besides(lines: readonly Line[]): Map<number, string> {
  const beside = new Map<number, string>();
  for (let index = 0; index < lines.length; index++) {
    if (lines[index]!.kind !== "removed") continue;
    let removed = 1;
    while (lines[index + removed]?.kind === "removed") removed++;
    for (let offset = 0; offset < removed && lines[index + removed + offset]?.kind === "added"; offset++) {
      beside.set(index + offset, lines[index + removed + offset]!.text);
      beside.set(index + removed + offset, lines[index + offset]!.text);
    }
    index += removed - 1;
  }
  return beside;
}

/** @param most How many changed lines are shown, half of them for what went and half for what came. */
export function showLines(lines: readonly Line[], paint: DiffPaint = unpainted, most = 40): string[] {
  const isNear = lines.map(() => false);
  for (const [index, { kind }] of lines.entries())
    if (kind !== "same")
      for (let near = Math.max(0, index - around); near <= Math.min(lines.length - 1, index + around); near++) isNear[near] = true;
  const beside = besides(lines);
  const isMixed = lines.some(({ kind }) => kind === "removed") && lines.some(({ kind }) => kind === "added");
  const left = { same: Infinity, removed: isMixed ? most / 2 : most, added: isMixed ? most / 2 : most };
  const shown: string[] = [];
  let [passed, hidden] = [0, 0];
  const flush = (): void => {
    if (passed > 0) shown.push(paint.dim(`  … ${passed} unchanged ${passed === 1 ? "line" : "lines"}`));
    passed = 0;
  };
  for (const [index, { kind, text }] of lines.entries()) {
    if (kind !== "same" && left[kind]-- <= 0) hidden++;
    else if (kind !== "same" || (isNear[index] && hidden === 0)) {
      flush();
      const line = cut(text, beside.get(index));
      shown.push(kind === "removed" ? paint.red(`- ${line}`) : kind === "added" ? paint.green(`+ ${line}`) : `  ${line}`.trimEnd());
    } else if (hidden === 0) passed++;
  }
  flush();
  if (hidden > 0) shown.push(paint.dim(`  … and ${hidden} more changed ${hidden === 1 ? "line" : "lines"}`));
  return shown;
}

const words = { removed: "is no longer shown", added: "was not shown before", changed: "" } as const;

/** A heading that names the output, and what is different beneath it. */
export function showOutput({ type, kind, lines, what }: OutputDifference, paint: DiffPaint = unpainted): string[] {
  const heading = [type, words[kind], what ?? ""].filter((part) => part !== "").join(": ");
  return [heading, ...(lines ? showLines(lines, paint).map((line) => `  ${line}`) : [])];
}
