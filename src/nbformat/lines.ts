/**
 * Text that the file holds as a list of lines and memory as one string, after nbformat's `rejoin_lines` and `split_lines`. Which MIME
 * types are split is nbformat's choice: text/*, application/javascript and image/svg+xml; JSON types hold JSON and are never joined.
 */
import { derive } from "./json.ts";
import { isFields } from "./shape.ts";
import type { Cell, Notebook, Output } from "./types.ts";

type Fields = Record<string, unknown>;
type Change = (value: unknown, mimeType: string) => unknown;

/** Whether a MIME type's data is JSON of any kind; all others hold text. */
export const isJson = (mimeType: string): boolean => /^application\/(.*\+)?json$/.test(mimeType);
const isSplit = (mimeType: string): boolean => /^(text\/.*|application\/javascript|image\/svg\+xml)$/.test(mimeType);

/** As Python's `splitlines(keepends=True)`, which knows more line ends than \n. */
// oxlint-disable-next-line no-control-regex -- three of them end a line
const line = /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g;

const join: Change = (value, mimeType) =>
  Array.isArray(value) && !isJson(mimeType) && value.every((item) => typeof item === "string") ? value.join("") : value;
const split: Change = (value, mimeType) =>
  typeof value === "string" && isSplit(mimeType) ? value.match(line)!.filter((text) => text !== "") : value;

const without = (fields: Fields, ...names: string[]): Fields =>
  derive(fields, Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, undefined])));

const mapValues = (fields: Fields, change: (value: unknown, key: string) => unknown): Fields =>
  derive(fields, Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)])));

function changeOutput(output: Output, change: Change): Output {
  if (output.output_type === "stream") return derive(output, { text: change(output.text, "text/plain") });
  if (output.output_type === "error") return output;
  return derive(output, { data: mapValues(output.data, change) });
}

function changeCell(cell: Cell, change: Change): Cell {
  const changes: Fields = { source: change(cell.source, "text/plain"), metadata: without(cell.metadata, "trusted") };
  if (cell.cell_type === "code") changes.outputs = cell.outputs.map((output) => changeOutput(output, change));
  else if (isFields(cell.attachments))
    changes.attachments = mapValues(cell.attachments, (bundle) => (isFields(bundle) ? mapValues(bundle, change) : bundle));
  return derive(cell, changes);
}

/** Leaves out what Jupyter never saves: who trusts a cell, and from which format it was converted. */
function changeNotebook(notebook: Notebook, change: Change): Notebook {
  return derive(notebook, {
    metadata: without(notebook.metadata, "orig_nbformat", "orig_nbformat_minor", "signature"),
    cells: notebook.cells.map((cell) => changeCell(cell, change)),
  });
}

export const joinLines = (notebook: Notebook): Notebook => changeNotebook(notebook, join);
export const splitLines = (notebook: Notebook): Notebook => changeNotebook(notebook, split);
