/** What figures take for numbers and labels, checked: what cannot be drawn is an error here, where Plotly would draw nothing. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkInteger, checkText, shown } from "../runtime/check.ts";

export type Values = readonly number[] | Float32Array | Float64Array | Int32Array | Uint32Array;

/** Row-major numbers, such as what a SentenceEncoder or cosineSimilarity returns. */
export interface MatrixLike {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

export type Rows = MatrixLike | readonly Values[];

/** An array of numbers, typed or not. */
export const isValues = (value: unknown): value is Values =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView) && !isBigInts(value));

const isBigInts = (value: unknown): boolean => value instanceof BigInt64Array || value instanceof BigUint64Array;

export function checkFinite(argument: string, values: unknown): number[] {
  if (!isValues(values)) throw argumentError(argument, "an array of numbers", values);
  const wrong = values.findIndex((value) => typeof value !== "number" || !Number.isFinite(value));
  if (wrong >= 0) {
    throw argumentError(`${argument}[${wrong}]`, "a finite number", values[wrong], { hint: "leave out the points that cannot be drawn" });
  }
  return Array.from(values);
}

/** As many as of something else: "labels must have 3 items, one for each row, got 2". */
export function checkLength(argument: string, length: number, of: string, expected: number): void {
  if (length === expected) return;
  throw new ArgumentError(`${argument} must have ${expected} ${expected === 1 ? "item" : "items"}, one for each ${of}, got ${length}`, {
    hint: `give one for each ${of}, in the same order`,
    facts: { argument, expected, value: length },
  });
}

/** Texts, one for each of something. */
export function checkLabels(argument: string, labels: unknown, of: string, expected: number): readonly string[] {
  const checked = checkArray(argument, labels, (name, label) => checkText(name, label, { allowEmpty: true }));
  checkLength(argument, checked.length, of, expected);
  return checked;
}

const isMatrix = (values: unknown): values is MatrixLike =>
  typeof values === "object" && values !== null && "data" in values && "rows" in values && "cols" in values;

/** Whether it is one matrix, and not several by name. */
export const isRows = (values: unknown): values is Rows => Array.isArray(values) || isMatrix(values);

/** A matrix or nested arrays as checked nested arrays: at least one row and one column, all rows of one length, every number finite. */
export function toRows(argument: string, values: unknown): number[][] {
  const rows = isMatrix(values) ? rowsOf(argument, values) : values;
  if (!Array.isArray(rows)) throw argumentError(argument, "an array of rows, or a matrix { rows, cols, data }", values);
  if (rows.length === 0) throw argumentError(argument, "an array with at least one row of numbers", values);
  const checked = rows.map((row, index) => checkFinite(`${argument}[${index}]`, row));
  if (checked[0]!.length === 0) throw argumentError(`${argument}[0]`, "a row with at least one number", rows[0]);
  for (const [index, row] of checked.entries()) checkLength(`${argument}[${index}]`, row.length, "column", checked[0]!.length);
  return checked;
}

function rowsOf(argument: string, { rows, cols, data }: MatrixLike): Values[] {
  checkInteger(`${argument}.rows`, rows, { min: 0 });
  checkInteger(`${argument}.cols`, cols, { min: 0 });
  if (!isValues(data) || data.length !== rows * cols) {
    throw new ArgumentError(`${argument} must hold rows × cols = ${shown(rows)} × ${shown(cols)} numbers, got ${shown(data)}`, {
      hint: "pass { rows, cols, data }, with the numbers row by row",
      facts: { argument, rows, cols, value: data },
    });
  }
  return Array.from({ length: rows }, (_, row) => data.slice(row * cols, (row + 1) * cols));
}
