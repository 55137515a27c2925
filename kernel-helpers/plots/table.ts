/** Rows of data as a table in the notebook: plain objects, or a danfojs DataFrame. */
import { argumentError, checkArray, checkInteger, checkOptions, checkText } from "../runtime/check.ts";
import { displayable, type Displayable } from "../runtime/printable.ts";
import { formatCell, htmlTable, restText, type HtmlTableOptions } from "./html-table.ts";

/** What a danfojs DataFrame is to us. */
export interface DataFrameLike {
  readonly columns: string[];
  readonly values: unknown;
  /** Names of the rows, shown unless they are their numbers. */
  readonly index?: readonly unknown[];
}

export interface Table extends Displayable {
  columns: string[];
  rows: unknown[][];
}

/** Columns of the terminal that a text takes: Chinese, Japanese and Korean characters take two each. */
function terminalWidth(text: string): number {
  return Array.from(text).reduce((width, character) => width + (character >= "\u2e80" ? 2 : 1), 0);
}

function textTable(columns: readonly string[], rows: readonly (readonly unknown[])[], maxRows: number): string {
  const lines = [columns, ...rows.slice(0, maxRows)].map((row) => row.map(formatCell));
  const widths = columns.map((_, column) => lines.reduce((width, line) => Math.max(width, terminalWidth(line[column]!)), 0));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell + " ".repeat(widths[column]! - terminalWidth(cell)))
      .join("  ")
      .trimEnd(),
  );
  const left = rows.length - maxRows;
  return [...text, ...(left > 0 ? [restText(left)] : [])].join("\n");
}

const dataHint = "pass rows such as [{ name: value }], or a DataFrame";

const isFrame = (data: unknown): data is DataFrameLike =>
  typeof data === "object" && data !== null && !Array.isArray(data) && "columns" in data && "values" in data;

function fromFrame({ columns, values, index = [] }: DataFrameLike): { columns: string[]; rows: unknown[][] } {
  const names = checkArray("data.columns", columns, (_, name) => name).map((name) => formatCell(name));
  const rows = checkArray("data.values", values, (name, row) => checkCells(name, row, names.length));
  checkArray("data.index", index, (_, name) => name);
  const isNumbered = index.every((name, at) => name === at);
  if (isNumbered) return { columns: names, rows: rows.map((row) => [...row]) };
  return { columns: ["", ...names], rows: rows.map((row, at) => [index[at], ...row]) };
}

function checkCells(name: string, row: unknown, columns: number): readonly unknown[] {
  const cells = checkArray(name, row, (_, cell) => cell);
  if (cells.length === columns) return cells;
  throw argumentError(name, `${columns} ${columns === 1 ? "cell" : "cells"}, one for each column`, row, { hint: dataHint });
}

function fromObjects(data: unknown): { columns: string[]; rows: unknown[][] } {
  const rows = checkArray(
    "data",
    data,
    (name, row) => {
      if (typeof row !== "object" || row === null) throw argumentError(name, "an object such as { name: value }", row, { hint: dataHint });
      return row as Record<string, unknown>;
    },
    { hint: dataHint },
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((name) => row[name])) };
}

/**
 * @example
 * show(table([{ store: 'memory', ms: 1.2 }, { store: 'lancedb', ms: 4.8 }], { caption: 'One query' }))
 */
export function table(data: DataFrameLike | readonly object[], options: HtmlTableOptions = {}): Table {
  checkOptions("options", options, ["caption", "maxRows"]);
  const { caption, maxRows = 50 } = options;
  if (caption !== undefined) checkText("caption", caption, { allowEmpty: true });
  if (maxRows !== Infinity) checkInteger("maxRows", maxRows, { min: 0, hint: "pass an integer ≥ 0, or Infinity for all rows" });
  const { columns, rows } = isFrame(data) ? fromFrame(data) : fromObjects(data);
  if (columns.length === 0) throw argumentError("data", "rows with at least one column", data, { hint: dataHint });
  return displayable({ columns, rows }, () => ({
    "text/html": htmlTable(columns, rows, options),
    "text/plain": [...(caption ? [caption] : []), textTable(columns, rows, maxRows)].join("\n"),
  }));
}
