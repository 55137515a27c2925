/** Rows of data as a table in the notebook: plain objects, or a danfojs DataFrame. */
import { ArgumentError } from "../errors.ts";
import { displayable, type Displayable } from "../runtime/printable.ts";
import { formatCell, htmlTable, type HtmlTableOptions } from "./html-table.ts";

/** What a danfojs DataFrame is to us. */
export interface DataFrameLike {
  readonly columns: string[];
  readonly values: unknown;
}

export interface Table extends Displayable {
  columns: string[];
  rows: unknown[][];
}

/** Columns that a terminal gives a text: Chinese, Japanese and Korean characters take two. */
function terminalWidth(text: string): number {
  return Array.from(text).reduce((width, character) => width + (character >= "\u2e80" ? 2 : 1), 0);
}

function textTable(columns: readonly string[], rows: readonly (readonly unknown[])[], maxRows: number): string {
  const lines = [columns, ...rows.slice(0, maxRows)].map((row) => row.map(formatCell));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => terminalWidth(line[column]!))));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell + " ".repeat(widths[column]! - terminalWidth(cell)))
      .join("  ")
      .trimEnd(),
  );
  const left = rows.length - maxRows;
  return [...text, ...(left > 0 ? [`… and ${left} more rows`] : [])].join("\n");
}

/**
 * @example
 * show(table([{ store: 'memory', ms: 1.2 }, { store: 'lancedb', ms: 4.8 }], { caption: 'One query' }))
 */
export function table(data: DataFrameLike | readonly object[], options: HtmlTableOptions = {}): Table {
  let columns: string[];
  let rows: unknown[][];
  if (Array.isArray(data)) {
    columns = [...new Set(data.flatMap((row: object) => Object.keys(row)))];
    rows = data.map((row: Record<string, unknown>) => columns.map((name) => row[name]));
  } else {
    ({ columns } = data as DataFrameLike);
    rows = (data as DataFrameLike).values as unknown[][];
  }
  if (columns.length === 0)
    throw new ArgumentError("a table of no columns", { hint: "pass rows such as [{ name: value }] or a DataFrame" });
  const { maxRows = 50 } = options;
  return displayable({ columns, rows }, () => ({
    "text/html": htmlTable(columns, rows, options),
    "text/plain": [...(options.caption ? [options.caption] : []), textTable(columns, rows, maxRows)].join("\n"),
  }));
}
