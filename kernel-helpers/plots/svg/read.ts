/**
 * Reading of Plotly's JSON, which a cell may have changed as it liked: whatever stands there, a reader gets a value of the type it asked for.
 */

export type Bag = Record<string, unknown>;

export const bagOf = (value: unknown): Bag => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Bag) : {});

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float64Array) : [];
}

export const numberOf = (value: unknown, otherwise: number): number =>
  typeof value === "number" && Number.isFinite(value) ? value : otherwise;

export const textOf = (value: unknown, otherwise = ""): string => (typeof value === "string" ? value : otherwise);

/** Titles and names: numbers are written out, anything else is left out. */
export const labelOf = (value: unknown): string => (typeof value === "number" ? String(value) : textOf(value));

/** A title is a text, or an object with one. */
export const titleOf = (value: unknown): string => labelOf(typeof value === "object" ? bagOf(value)["text"] : value);

/** A number as Plotly reads it: "8000" is one, too. */
export function quantityOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
}

/** Smallest and largest of the numbers that are finite; undefined where there is none. */
export function spanOf(values: Iterable<number>): [number, number] | undefined {
  let [smallest, largest] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
  }
  return smallest <= largest ? [smallest, largest] : undefined;
}
