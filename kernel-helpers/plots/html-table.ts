/** Rows as an HTML table: numbers right-aligned and rounded for reading, text escaped, what is left out counted. */
import { inspect } from "node:util";
import { escapeHtml } from "../runtime/printable.ts";

export type Cell = unknown;

export interface HtmlTableOptions {
  caption?: string;
  /** Rows shown; the rest is counted in a last line. @default 50 */
  maxRows?: number;
}

function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(Math.abs(value) < 1 ? value.toPrecision(4) : value.toFixed(3)));
}

/** A value as a reader wants it: numbers with three decimals, or four digits below one; dates as ISO, objects as JSON. */
export function formatCell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  return typeof value === "string" ? value : jsonOf(value);
}

/** As JSON, with typed arrays as arrays; as Node shows it where JSON cannot hold it. */
function jsonOf(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, part: unknown) =>
        isNumbers(part) ? Array.from(part, (item) => item) : typeof part === "bigint" ? String(part) : part,
      ) ?? typeof value
    );
  } catch {
    return inspect(value, { breakLength: Infinity });
  }
}

const isNumbers = (value: unknown): value is Float64Array => ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Spaces and line breaks that HTML would merge or drop are kept: " the" and "the" are different tokens. */
const spacing = (text: string): string => (/^\s|\s$|\s\s|[\t\r\n]/.test(text) ? ";white-space:pre-wrap" : "");

/** What the last line says of rows that are not shown. */
export const restText = (rows: number): string => `… and ${rows} more ${rows === 1 ? "row" : "rows"}`;

export function htmlTable(columns: readonly string[], rows: readonly (readonly Cell[])[], options: HtmlTableOptions = {}): string {
  const { caption, maxRows = 50 } = options;
  const cell = (value: Cell): string =>
    typeof value === "number" || typeof value === "bigint"
      ? `<td style="text-align:right">${formatCell(value)}</td>`
      : `<td style="text-align:left${spacing(formatCell(value))}">${escapeHtml(formatCell(value))}</td>`;
  const left = rows.length - maxRows;
  return [
    "<table>",
    caption ? `<caption>${escapeHtml(caption)}</caption>` : "",
    `<thead><tr>${columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("")}</tr></thead>`,
    `<tbody>${rows
      .slice(0, maxRows)
      .map((row) => `<tr>${row.map(cell).join("")}</tr>`)
      .join("\n")}</tbody>`,
    left > 0 ? `<tfoot><tr><td colspan="${columns.length}">${restText(left)}</td></tr></tfoot>` : "",
    "</table>",
  ]
    .filter(Boolean)
    .join("\n");
}
