/**
 * Rows of data as a table: an array or a set of plain objects with simple values, and a map to simple values or to such objects. What holds more than
 * a table can show stays text. Nothing of the reader's is called: a getter is not a value.
 */
import { types } from "node:util";
import { htmlTable } from "./html-table.ts";
import { Map } from "./intrinsics.ts";
import type { MimeBundle } from "./mime-bundle.ts";

/** More columns, or more of a list to look at, are not a table. */
const [maxColumns, maxRows] = [30, 10_000];

type Row = ReadonlyMap<string, unknown>;

const isSimple = (value: unknown): boolean =>
  value === null || !["object", "function", "symbol"].includes(typeof value) || (types.isDate(value) && !types.isProxy(value));

const shown = (value: unknown): unknown => (types.isDate(value) ? dateText(value) : value);
const dateText = (date: Date): string =>
  Number.isNaN(Date.prototype.getTime.call(date)) ? "Invalid Date" : Date.prototype.toISOString.call(date);

/** The fields of a plain object; nothing where it is another, or holds anything that is not simple. */
function rowOf(value: unknown): Row | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return undefined; // of a class
  if (Array.isArray(value) || Object.getOwnPropertySymbols(value).length > 0) return undefined;
  const row = new Map<string, unknown>();
  for (const [name, { value: field, enumerable, get }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (!enumerable) continue;
    if (get !== undefined || !isSimple(field)) return undefined;
    row.set(name, shown(field));
  }
  return row.size > 0 && row.size <= maxColumns ? row : undefined;
}

function table(values: readonly unknown[], keys?: readonly unknown[]): MimeBundle | undefined {
  if (values.length === 0 || values.length > maxRows) return undefined;
  const rows: Row[] = [];
  const columns = new Set<string>();
  for (const value of values) {
    const row = rowOf(value);
    if (row === undefined) return undefined;
    for (const name of row.keys()) columns.add(name);
    if (columns.size > maxColumns) return undefined;
    rows.push(row);
  }
  const names = [...columns];
  return {
    "text/html": htmlTable(
      names,
      rows.map((row) => names.map((name) => row.get(name))),
      keys,
    ),
  };
}

function mapTable(map: ReadonlyMap<unknown, unknown>): MimeBundle | undefined {
  const [keys, values] = [[...map.keys()], [...map.values()]];
  if (keys.length === 0 || keys.length > maxRows || !keys.every(isSimple)) return undefined;
  if (!values.every(isSimple)) return table(values, keys.map(shown));
  const entries = keys.map((key, at) => [shown(key), shown(values[at])]);
  return { "text/html": htmlTable(["key", "value"], entries) };
}

/** The table of a value that is rows; nothing for any other value. */
export function rowsBundle(value: object): MimeBundle | undefined {
  if (Array.isArray(value)) return Object.getPrototypeOf(value) === Array.prototype ? table(value) : undefined;
  if (types.isMap(value)) return Object.getPrototypeOf(value) === Map.prototype ? mapTable(value) : undefined;
  return types.isSet(value) && Object.getPrototypeOf(value) === Set.prototype ? table([...value]) : undefined;
}
