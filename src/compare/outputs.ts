/** What two cells show, compared one by one. */
import { diffLines, linesOf, type Line } from "./lines.ts";
import { agreeWithin, type Tolerance } from "./numbers.ts";
import { pictureDifference, pictureSummary } from "./picture.ts";
import type { Shown } from "./shown.ts";

export interface OutputDifference {
  /** "stdout", "stderr", "error", or a MIME type. */
  type: string;
  kind: "removed" | "added" | "changed";
  /** Of texts. */
  lines?: Line[];
  /** Of pictures: what is different, or what the one picture is. */
  what?: string;
}

export interface OutputRules {
  /** None is equality. */
  tolerance?: Tolerance;
  pictureTolerance?: number;
}

/** Whether they show the same. */
export function isSameOutput(before: Shown, after: Shown, { tolerance, pictureTolerance }: OutputRules): boolean {
  if (before.type !== after.type) return false;
  if (before.picture && after.picture)
    return pictureDifference(before.picture, after.picture, tolerance ? pictureTolerance : 0) === undefined;
  if (before.text === undefined || after.text === undefined) return false;
  return before.text === after.text || (tolerance !== undefined && agreeWithin(before.text, after.text, tolerance));
}

/** In the order of the outputs. Of what is alike in type the first are compared with the first. */
export function diffOutputs(before: readonly Shown[], after: readonly Shown[], rules: OutputRules = {}): OutputDifference[] {
  if (before.length === after.length && before.every((each, index) => isSameOutput(each, after[index]!, rules))) return [];
  const pairs = diffLines(
    before.map(({ type }) => type),
    after.map(({ type }) => type),
  );
  let [atBefore, atAfter] = [0, 0];
  const differences: OutputDifference[] = [];
  for (const { kind } of pairs) {
    if (kind === "removed") differences.push(one("removed", before[atBefore++]!));
    else if (kind === "added") differences.push(one("added", after[atAfter++]!));
    else differences.push(...changed(before[atBefore++]!, after[atAfter++]!, rules));
  }
  return differences;
}

function one(kind: "removed" | "added", { type, text, picture }: Shown): OutputDifference {
  if (picture) return { type, kind, what: pictureSummary(picture) };
  return { type, kind, lines: linesOf(text!).map((line) => ({ kind, text: line })) };
}

function changed(before: Shown, after: Shown, rules: OutputRules): OutputDifference[] {
  if (isSameOutput(before, after, rules)) return [];
  const { type } = after;
  if (before.picture && after.picture)
    return [
      { type, kind: "changed", what: pictureDifference(before.picture, after.picture, rules.tolerance ? rules.pictureTolerance : 0)! },
    ];
  const { tolerance } = rules;
  const isSame = tolerance ? (a: string, b: string): boolean => agreeWithin(a, b, tolerance) : undefined;
  const lines = diffLines(linesOf(before.text ?? ""), linesOf(after.text ?? ""), isSame);
  return [{ type, kind: "changed", lines }];
}
