/** What figures accept as numbers, and the checks that reject what cannot be drawn before Plotly draws nothing. */
import { ArgumentError } from "../errors.ts";

export type Values = readonly number[] | Float32Array | Float64Array | Int32Array | Uint32Array;

/** Row-major numbers, such as what a SentenceEncoder or cosineSimilarity returns. */
export interface MatrixLike {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

export type Rows = MatrixLike | readonly Values[];

export function checkFinite(values: Values, where: string): number[] {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new ArgumentError(`${where}[${wrong}] is ${values[wrong]}`, { hint: "a figure needs finite numbers; leave the point out" });
  }
  return Array.from(values);
}

export function checkLength(what: string, length: number, of: string, expected: number): void {
  if (length === expected) return;
  throw new ArgumentError(`${length} ${what} for ${expected} ${of}`, { hint: `give one of ${what} for each of ${of}, in the same order` });
}

/** A matrix or nested arrays as checked nested arrays: at least one row, all of one length, every number finite. */
export function toRows(values: Rows, where: string): number[][] {
  const rows =
    "data" in values
      ? Array.from({ length: values.rows }, (_, row) => values.data.subarray(row * values.cols, (row + 1) * values.cols))
      : values;
  if (rows.length === 0) throw new ArgumentError(`${where} has no rows`, { hint: "pass at least one row of numbers" });
  for (const [index, row] of rows.entries()) {
    checkLength("values", row.length, `columns in row ${index} of ${where}`, rows[0]!.length);
  }
  return rows.map((row, index) => checkFinite(row, `${where}[${index}]`));
}
