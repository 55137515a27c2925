/** A notebook that has just run, compared with what was accepted: its snapshot file, or else the outputs that its file has. */
import { dirname, resolve } from "node:path";
import { diffOutputs, isSameOutput, shownOf, showOutput, type OutputRules, type Shown } from "../compare/index.ts";
import type { CellError, CellResult, NotebookResult } from "../execute/index.ts";
import { readNotebook, writeNotebook, type CodeCell, type Notebook } from "../nbformat/index.ts";
import { masked } from "./masks.ts";
import { cellSettings, commandSettings, notebookSettings, type CellSettings, type TestOptions } from "./settings.ts";
import { readSnapshot, snapshotPath, writeSnapshot, type SnapshotCell } from "./snapshot-file.ts";

export interface Examined {
  result: NotebookResult;
  /** Cells whose outputs were accepted anew. */
  updated: number;
}

/** A code cell of the author with what it shows now and is to show. */
interface Compared {
  index: number;
  cell: CodeCell;
  key: Omit<SnapshotCell, "outputs">;
  settings: CellSettings;
  now: Shown[];
  accepted: Shown[];
}

/**
 * Compares, and with `update` accepts what is different. The result is the run's, with an error `OutputChanged` for each cell that shows
 * something else.
 *
 * @throws {InputError} The snapshot is not one, or a setting is wrong.
 */
export async function examineOutputs(
  path: string,
  notebook: Notebook,
  result: NotebookResult,
  { update = false, ...options }: TestOptions & { update?: boolean },
): Promise<Examined> {
  const settings = notebookSettings(commandSettings(options, dirname(resolve(path))), notebook, path);
  const file = snapshotPath(path);
  const [snapshot, source] = [await readSnapshot(file), await readNotebook(path)];
  const stored = codeCells(source).map(snapshotOf);
  const accepted = snapshot ?? stored;
  const hasAccepted = snapshot !== undefined || stored.some(({ outputs }) => outputs.length > 0);
  const { pairs, gone } = pairUp(codeCells(notebook), accepted);
  const compared = pairs.map(({ cell, index, of }): Compared => {
    const own = cellSettings(settings, cell, `cell ${index + 1} of ${path}`);
    const comparable = (shown: readonly Shown[]): Shown[] =>
      own.isIgnored ? [] : shown.filter(({ type }) => !own.ignore.has(type)).map((each) => maskedOutput(each, own));
    return {
      index,
      cell,
      key: keyOf(cell),
      settings: own,
      now: comparable(shownOf(cell.outputs)),
      accepted: comparable(of?.outputs ?? []),
    };
  });
  const different = compared.filter(({ now, accepted: old, settings: own }) => diffOutputs(old, now, own).length > 0);
  const outdated = gone.filter(({ outputs }) => outputs.length > 0);
  if (update) {
    const mustWrite = different.length > 0 || (snapshot !== undefined && outdated.length > 0);
    if (mustWrite)
      await (snapshot !== undefined || !hasAccepted ? writeSnapshot(file, compared.map(kept)) : writeOutputs(path, source, different));
    return { result, updated: different.length };
  }
  if (!hasAccepted && different.length > 0) return { result: failed(result, noSnapshot(path, file)), updated: 0 };
  const errors = new Map(different.map((each) => [each.index, changedError(each)]));
  const cells = result.cells.map((cell): CellResult => {
    const error = errors.get(cell.index);
    return error ? { ...cell, status: "failed", error } : cell;
  });
  if (errors.size > 0) return { result: { ...result, status: "failed", cells }, updated: 0 };
  return { result: outdated.length > 0 && snapshot !== undefined ? failed(result, outdatedError(file, outdated)) : result, updated: 0 };
}

const failed = (result: NotebookResult, error: CellError): NotebookResult => ({ ...result, status: "failed", error });

/** Not those that the runner has put in. */
const codeCells = ({ cells }: Notebook): { cell: CodeCell; index: number }[] =>
  cells.flatMap((cell, index) =>
    cell.cell_type === "code" && !cell.metadata.tags?.includes("injected-parameters") ? [{ cell, index }] : [],
  );

const firstLine = (source: string): string => (source.split("\n").find((line) => line.trim() !== "") ?? "").trim().slice(0, 100);

const keyOf = ({ id, source }: CodeCell): Omit<SnapshotCell, "outputs"> => ({
  ...(id === undefined ? {} : { id }),
  code: firstLine(source),
});

const snapshotOf = ({ cell }: { cell: CodeCell }): SnapshotCell => ({ ...keyOf(cell), outputs: shownOf(cell.outputs) });

function maskedOutput(shown: Shown, { masks }: CellSettings): Shown {
  return shown.picture ? shown : { type: shown.type, text: masked(shown.text, masks) };
}

/** By id, else by the first line of the code, in order. */
function pairUp(
  cells: readonly { cell: CodeCell; index: number }[],
  accepted: readonly SnapshotCell[],
): { pairs: { cell: CodeCell; index: number; of: SnapshotCell | undefined }[]; gone: SnapshotCell[] } {
  const left = [...accepted];
  const take = (isIt: (candidate: SnapshotCell) => boolean): SnapshotCell | undefined => {
    const position = left.findIndex(isIt);
    return position < 0 ? undefined : left.splice(position, 1)[0];
  };
  const byId = cells.map(({ cell: { id } }) => (id === undefined ? undefined : take((candidate) => candidate.id === id)));
  const pairs = cells.map(({ cell, index }, position) => ({
    cell,
    index,
    of: byId[position] ?? take(({ code }) => code === firstLine(cell.source)),
  }));
  return { pairs, gone: left };
}

/** What agreed stays as it was accepted, to the last digit: an update changes what is different and nothing else. */
function kept({ key, now, accepted, settings }: Compared): SnapshotCell {
  return {
    ...key,
    outputs: now.map((each, index) => (accepted[index] && isSameOutput(accepted[index], each, settings) ? accepted[index] : each)),
  };
}

async function writeOutputs(path: string, source: Notebook, different: readonly Compared[]): Promise<void> {
  const left = codeCells(source).map(({ cell }) => cell);
  for (const { cell } of different) {
    const position = left.findIndex(({ id, source: code }) => (cell.id === undefined ? code === cell.source : id === cell.id));
    const [own] = position < 0 ? [] : left.splice(position, 1);
    if (own) Object.assign(own, { outputs: cell.outputs, execution_count: cell.execution_count });
  }
  await writeNotebook(path, source);
}

function changedError({ now, accepted, settings }: Compared): CellError {
  const rules: OutputRules = settings;
  const lines = diffOutputs(accepted, now, rules).flatMap((difference) => showOutput(difference));
  return { name: "OutputChanged", message: ["the cell shows something else than was accepted", ...lines].join("\n"), isDifference: true };
}

const noSnapshot = (path: string, file: string): CellError => ({
  name: "SnapshotMissing",
  message: `${path} has no outputs to compare with, and there is no ${file}\n  hint: cairn test --update accepts what it shows now`,
});

const outdatedError = (file: string, cells: readonly SnapshotCell[]): CellError => ({
  name: "SnapshotOutdated",
  message: `${file} has ${cells.length === 1 ? "a cell" : `${cells.length} cells`} that the notebook has no more: ${cells.map(({ code }) => code).join("; ")}\n  hint: cairn test --update takes them out`,
});
