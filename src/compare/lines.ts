/** Two texts, line by line: what stayed, what went, what came. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). */

export interface Line {
  kind: "same" | "removed" | "added";
  /** Of the second text where it stayed. */
  text: string;
}

/** Beyond so many changed lines the middle counts as replaced: nobody reads it, and the time grows with the square. */
const mostChanges = 1000;

export const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** @param isSame Whether two lines count as one; they need not be equal. */
export function diffLines(
  before: readonly string[],
  after: readonly string[],
  isSame: (before: string, after: string) => boolean = (one, other) => one === other,
): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && isSame(before[start]!, after[start]!)) start++;
  let [endBefore, endAfter] = [before.length, after.length];
  while (endBefore > start && endAfter > start && isSame(before[endBefore - 1]!, after[endAfter - 1]!)) {
    endBefore--;
    endAfter--;
  }
  const same = (text: string): Line => ({ kind: "same", text });
  return [
    ...after.slice(0, start).map(same),
    ...diffMiddle(before.slice(start, endBefore), after.slice(start, endAfter), isSame),
    ...after.slice(endAfter).map(same),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[], isSame: (before: string, after: string) => boolean): Line[] {
  const trace = shortestEdit(before, after, isSame);
  if (!trace) return replaced(before, after);
  const lines: Line[] = [];
  let [x, y] = [before.length, after.length];
  const walkBack = (toX: number, toY: number): void => {
    for (; x > toX && y > toY; x--, y--) lines.push({ kind: "same", text: after[y - 1]! });
  };
  for (let changes = trace.length - 1; changes > 0; changes--) {
    const reach = trace[changes]!;
    const diagonal = x - y;
    const from = goesDown(reach, diagonal, changes) ? diagonal + 1 : diagonal - 1;
    const [fromX, fromY] = [at(reach, from), at(reach, from) - from];
    walkBack(fromX, fromY);
    lines.push(x === fromX ? { kind: "added", text: after[y - 1]! } : { kind: "removed", text: before[x - 1]! });
    [x, y] = [fromX, fromY];
  }
  walkBack(0, 0);
  return removedFirst(lines.toReversed());
}

const at = (reach: ReadonlyMap<number, number>, diagonal: number): number => reach.get(diagonal) ?? -1;

/** Whether a diagonal is reached by a line that came, or else by one that went. */
const goesDown = (reach: ReadonlyMap<number, number>, diagonal: number, changes: number): boolean =>
  diagonal === -changes || (diagonal !== changes && at(reach, diagonal - 1) < at(reach, diagonal + 1));

/** For each number of changes how far each diagonal reached before them; undefined where it takes more than are looked for. */
function shortestEdit(
  before: readonly string[],
  after: readonly string[],
  isSame: (before: string, after: string) => boolean,
): Map<number, number>[] | undefined {
  const trace: Map<number, number>[] = [];
  const reach = new Map<number, number>([[1, 0]]);
  for (let changes = 0; changes <= Math.min(mostChanges, before.length + after.length); changes++) {
    trace.push(new Map(reach));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = goesDown(reach, diagonal, changes) ? at(reach, diagonal + 1) : at(reach, diagonal - 1) + 1;
      let y = x - diagonal;
      while (x < before.length && y < after.length && isSame(before[x]!, after[y]!)) {
        x++;
        y++;
      }
      reach.set(diagonal, x);
      if (x >= before.length && y >= after.length) return trace;
    }
  }
  return undefined;
}

const replaced = (before: readonly string[], after: readonly string[]): Line[] => [
  ...before.map((text): Line => ({ kind: "removed", text })),
  ...after.map((text): Line => ({ kind: "added", text })),
];

/** Within a run of changes those that went come first, as readers of diffs expect. */
function removedFirst(lines: readonly Line[]): Line[] {
  const ordered: Line[] = [];
  let changed: Line[] = [];
  const flush = (): void => {
    ordered.push(...changed.filter(({ kind }) => kind === "removed"), ...changed.filter(({ kind }) => kind === "added"));
    changed = [];
  };
  for (const line of lines) {
    if (line.kind !== "same") changed.push(line);
    else {
      flush();
      ordered.push(line);
    }
  }
  flush();
  return ordered;
}
