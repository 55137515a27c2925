/** Which cell of one notebook became which of another: by their ids, else by the same code, else by code that is alike, in order. */
import type { Cell } from "../nbformat/index.ts";
import { diffLines } from "./lines.ts";

export interface CellPair {
  /** Positions in the two notebooks; a cell that came or went has one only. */
  before: number | undefined;
  after: number | undefined;
}

/** In the order of the second notebook, with cells that went where they stood. A cell that was moved past others has gone and come. */
export function alignCells(before: readonly Cell[], after: readonly Cell[]): CellPair[] {
  const pairs: CellPair[] = [];
  let [b, a] = [0, 0];
  for (const [nextB, nextA] of [...anchors(before, after), [before.length, after.length] as const]) {
    pairs.push(...alignGap(before, after, [b, nextB], [a, nextA]));
    if (nextB < before.length) pairs.push({ before: nextB, after: nextA });
    [b, a] = [nextB + 1, nextA + 1];
  }
  return pairs;
}

type Anchor = readonly [before: number, after: number];

/** Cells that are surely the same, in both orders. */
function anchors(before: readonly Cell[], after: readonly Cell[]): Anchor[] {
  const positions = new Map(before.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  const byId = after.flatMap(({ id, cell_type: type }, index): Anchor[] => {
    const position = id === undefined ? undefined : positions.get(id);
    return position !== undefined && before[position]!.cell_type === type ? [[position, index]] : [];
  });
  const sure = longestRising(byId);
  // Between those, cells with the same code.
  const all: Anchor[] = [];
  let [b, a] = [0, 0];
  for (const [nextB, nextA] of [...sure, [before.length, after.length] as const]) {
    all.push(...sameCode(before, after, [b, nextB], [a, nextA]));
    if (nextB < before.length) all.push([nextB, nextA]);
    [b, a] = [nextB + 1, nextA + 1];
  }
  return all;
}

/** The longest part whose positions in both notebooks rise; by patience sorting. */
function longestRising(anchorsByAfter: readonly Anchor[]): Anchor[] {
  const piles: number[] = [];
  const previous = new Map<number, number | undefined>();
  for (const [index, [position]] of anchorsByAfter.entries()) {
    const found = piles.findIndex((top) => anchorsByAfter[top]![0] >= position);
    const pile = found < 0 ? piles.length : found;
    previous.set(index, piles[pile - 1]);
    piles[pile] = index;
  }
  const rising: Anchor[] = [];
  for (let index = piles.at(-1); index !== undefined; index = previous.get(index)) rising.push(anchorsByAfter[index]!);
  return rising.toReversed();
}

type Range = readonly [from: number, to: number];

const codeOf = (cells: readonly Cell[], [from, to]: Range): string[] =>
  cells.slice(from, to).map(({ cell_type: type, source }) => `${type}\n${source}`);

function sameCode(before: readonly Cell[], after: readonly Cell[], inBefore: Range, inAfter: Range): Anchor[] {
  let [b, a] = [inBefore[0], inAfter[0]];
  const found: Anchor[] = [];
  for (const { kind } of diffLines(codeOf(before, inBefore), codeOf(after, inAfter))) {
    if (kind === "same") found.push([b, a]);
    if (kind !== "added") b++;
    if (kind !== "removed") a++;
  }
  return found;
}

/** Of the cells between two that are surely the same, those that are alike are one cell that was changed. */
function alignGap(before: readonly Cell[], after: readonly Cell[], [b, toB]: Range, [a, toA]: Range): CellPair[] {
  const pairs: CellPair[] = [];
  let next = b;
  for (let index = a; index < toA; index++) {
    let alike: number | undefined;
    for (let candidate = next; candidate < toB && alike === undefined; candidate++)
      if (isAlike(before[candidate]!, after[index]!)) alike = candidate;
    if (alike === undefined) {
      pairs.push({ before: undefined, after: index });
      continue;
    }
    for (; next < alike; next++) pairs.push({ before: next, after: undefined });
    pairs.push({ before: next++, after: index });
  }
  const left = Array.from({ length: toB - next }, (_, offset): CellPair => ({ before: next + offset, after: undefined }));
  const firstNew = pairs.findIndex(({ before: old }) => old === undefined);
  // What went stands before what came in its place.
  return firstNew < 0 || pairs.slice(firstNew).some(({ before: old }) => old !== undefined)
    ? [...pairs, ...left]
    : pairs.toSpliced(firstNew, 0, ...left);
}

/** More than half of their words are the same. */
function isAlike(one: Cell, other: Cell): boolean {
  if (one.cell_type !== other.cell_type) return false;
  const [words, others] = [one.source.match(/\w+|[^\s\w]/g) ?? [], other.source.match(/\w+|[^\s\w]/g) ?? []];
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of others) {
    const left = counts.get(word) ?? 0;
    if (left > 0) common++;
    counts.set(word, left - 1);
  }
  return 2 * common > 0.5 * (words.length + others.length);
}
