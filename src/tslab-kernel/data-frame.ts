/** danfojs's DataFrame and Series, which do not show themselves: as a table with their index, as pandas shows its own. */
import { htmlTable } from "./html-table.ts";
import type { MimeBundle } from "./mime-bundle.ts";

interface Frame {
  $isSeries: boolean;
  columns: readonly unknown[];
  index: readonly unknown[];
  values: readonly unknown[];
  /** A table of characters. */
  toString(): string;
}

function isFrame(value: object): value is Frame {
  if (!("$isSeries" in value) || typeof value.$isSeries !== "boolean") return false;
  const { columns, index, values } = value as Partial<Frame>;
  return [columns, index, values].every((list) => Array.isArray(list));
}

/** The bundle of a frame; nothing for any other value. */
export function frameBundle(value: object): MimeBundle | undefined {
  if (!isFrame(value)) return undefined;
  const { columns, index, values, $isSeries } = value;
  const rows = values.map((data) => ($isSeries ? [data] : (data as readonly unknown[])));
  return { "text/html": htmlTable(columns, rows, index), "text/plain": value.toString() };
}
