/** Two versions of a notebook: what happened to each cell, and to what the notebook says of itself. */
import { isDeepStrictEqual } from "node:util";
import type { Cell, CodeCell, Notebook } from "../nbformat/index.ts";
import { alignCells } from "./align.ts";
import { diffLines, linesOf, type Line } from "./lines.ts";
import { diffOutputs, type OutputDifference } from "./outputs.ts";
import { jsonText, shownOf } from "./shown.ts";

export interface CellPlace {
  /** Position in its notebook, from 0. */
  index: number;
  type: Cell["cell_type"];
  id?: string;
}

export interface CellDifference {
  kind: "added" | "removed" | "changed";
  before?: CellPlace;
  after?: CellPlace;
  /** The whole source of a cell that came or went. */
  source?: Line[];
  /** As JSON. */
  metadata?: Line[];
  outputs?: OutputDifference[];
}

export interface NotebookDifference {
  /** Of the notebook, as JSON. */
  metadata?: Line[];
  cells: CellDifference[];
}

export interface CompareOptions {
  /** @default true */
  outputs?: boolean;
  /** @default true */
  metadata?: boolean;
}

/** Records of runs and of editors, which say nothing about the notebook. */
const passing: ReadonlySet<string> = new Set([
  "ExecuteTime",
  "executionInfo",
  "outputId",
  "papermill",
  "collapsed",
  "scrolled",
  "widgets",
  "signature",
  "vscode",
  "colab",
]);

function metadataText(metadata: Record<string, unknown>, isOfNotebook: boolean): string {
  const kept = Object.entries(metadata).flatMap(([key, value]): [string, unknown][] => {
    if (passing.has(key) || (isOfNotebook && key === "language_info")) return [];
    if (key !== "execution" || typeof value !== "object" || value === null) return [[key, value]];
    const settings = Object.entries(value).filter(([name]) => !/^(iopub|shell)\./.test(name));
    return settings.length > 0 ? [[key, Object.fromEntries(settings)]] : [];
  });
  return kept.length === 0 ? "" : jsonText(Object.fromEntries(kept));
}

function diffTexts(before: string, after: string): Line[] | undefined {
  return before === after ? undefined : diffLines(linesOf(before), linesOf(after));
}

const placeOf = (cells: readonly Cell[], index: number): CellPlace => {
  const { cell_type: type, id } = cells[index]!;
  return { index, type, ...(id === undefined ? {} : { id }) };
};

const outputsOf = (cell: Cell): CodeCell["outputs"] => (cell.cell_type === "code" ? cell.outputs : []);
const whole = (kind: "added" | "removed", source: string): Line[] => linesOf(source).map((text) => ({ kind, text }));

/** Counts of executions, times, and what editors note are left out. */
export function diffNotebooks(
  before: Notebook,
  after: Notebook,
  { outputs = true, metadata = true }: CompareOptions = {},
): NotebookDifference {
  const ofNotebook = metadata ? diffTexts(metadataText(before.metadata, true), metadataText(after.metadata, true)) : undefined;
  const cells = alignCells(before.cells, after.cells).flatMap(({ before: b, after: a }): CellDifference[] => {
    if (b === undefined) return [oneCell("added", after.cells, a!, outputs)];
    if (a === undefined) return [oneCell("removed", before.cells, b, outputs)];
    const [old, now] = [before.cells[b]!, after.cells[a]!];
    const source = diffTexts(old.source, now.source);
    const own = metadata ? diffTexts(metadataText(old.metadata, false), metadataText(now.metadata, false)) : undefined;
    const shown = outputs ? changedOutputs(outputsOf(old), outputsOf(now)) : [];
    if (!source && !own && shown.length === 0) return [];
    const changes = { ...(source ? { source } : {}), ...(own ? { metadata: own } : {}), ...(shown.length > 0 ? { outputs: shown } : {}) };
    return [{ kind: "changed", before: placeOf(before.cells, b), after: placeOf(after.cells, a), ...changes }];
  });
  return { ...(ofNotebook ? { metadata: ofNotebook } : {}), cells };
}

/** Pictures are looked at only where something is different. */
const changedOutputs = (before: CodeCell["outputs"], after: CodeCell["outputs"]): OutputDifference[] =>
  isDeepStrictEqual(before, after) ? [] : diffOutputs(shownOf(before), shownOf(after));

function oneCell(kind: "added" | "removed", cells: readonly Cell[], index: number, withOutputs: boolean): CellDifference {
  const cell = cells[index]!;
  const shown = withOutputs ? shownOf(outputsOf(cell)) : [];
  const outputs = kind === "added" ? diffOutputs([], shown) : diffOutputs(shown, []);
  const place = placeOf(cells, index);
  return {
    kind,
    ...(kind === "added" ? { after: place } : { before: place }),
    source: whole(kind, cell.source),
    ...(outputs.length > 0 ? { outputs } : {}),
  };
}

/** Nothing is different. */
export const isSameNotebook = ({ metadata, cells }: NotebookDifference): boolean => metadata === undefined && cells.length === 0;
