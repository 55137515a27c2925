/** danfojs's DataFrame and Series, which do not show themselves: as a table with their index, as pandas shows its own. */
import type { MimeBundle } from "./mime-bundle.ts";

interface Frame {
  $isSeries: boolean;
  columns: readonly unknown[];
  index: readonly unknown[];
  values: readonly unknown[];
  /** A table of characters. */
  toString(): string;
}

/** Rows that are shown; the rest is counted. */
const maxRows = 50;

function isFrame(value: object): value is Frame {
  if (!("$isSeries" in value) || typeof value.$isSeries !== "boolean") return false;
  const { columns, index, values } = value as Partial<Frame>;
  return [columns, index, values].every((list) => Array.isArray(list));
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escape = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character]!);

function textOf(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

const cell = (value: unknown): string =>
  `<td style="text-align:${typeof value === "number" ? "right" : "left"}">${escape(textOf(value))}</td>`;

/** The bundle of a frame; nothing for any other value. It asks the value, which may be anything: for within a guard. */
export function frameBundle(value: object): MimeBundle | undefined {
  if (!isFrame(value)) return undefined;
  const { columns, index, values, $isSeries } = value;
  const row = (data: unknown): readonly unknown[] => ($isSeries ? [data] : (data as readonly unknown[]));
  const head = columns.map((name) => `<th scope="col">${escape(String(name))}</th>`).join("");
  const rows = values
    .slice(0, maxRows)
    .map((data, at) => `<tr><th scope="row">${escape(String(index[at]))}</th>${row(data).map(cell).join("")}</tr>`);
  const left = values.length - maxRows;
  const foot =
    left > 0 ? `<tfoot><tr><td colspan="${columns.length + 1}">… and ${left} more ${left === 1 ? "row" : "rows"}</td></tr></tfoot>` : "";
  const html = `<table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("\n")}</tbody>${foot}</table>`;
  return { "text/html": html, "text/plain": value.toString() };
}
