/** Rows as an HTML table, as far as a reader goes: the rest is counted. */

/** Rows that are shown. */
const maxRows = 50;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escape = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character]!);

function textOf(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** Spaces and line breaks that HTML would merge are kept. */
const spacing = (text: string): string => (/^\s|\s$|\s\s|[\t\r\n]/.test(text) ? ";white-space:pre-wrap" : "");

function cell(value: unknown): string {
  const text = textOf(value);
  return `<td style="text-align:${typeof value === "number" || typeof value === "bigint" ? "right" : "left"}${spacing(text)}">${escape(text)}</td>`;
}

/** @param names Names of the rows, where they have any. */
export function htmlTable(columns: readonly unknown[], rows: readonly (readonly unknown[])[], names?: readonly unknown[]): string {
  const head = columns.map((name) => `<th scope="col">${escape(String(name))}</th>`).join("");
  const body = rows
    .slice(0, maxRows)
    .map((row, at) => `<tr>${names ? `<th scope="row">${escape(String(names[at]))}</th>` : ""}${row.map(cell).join("")}</tr>`);
  const left = rows.length - maxRows;
  const width = columns.length + (names ? 1 : 0);
  const foot = left > 0 ? `<tfoot><tr><td colspan="${width}">… and ${left} more ${left === 1 ? "row" : "rows"}</td></tr></tfoot>` : "";
  return `<table><thead><tr>${names ? "<th></th>" : ""}${head}</tr></thead><tbody>${body.join("\n")}</tbody>${foot}</table>`;
}
