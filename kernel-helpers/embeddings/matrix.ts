/** Rows of numbers: one vector per text. */
import { ArgumentError, OutOfRangeError } from "../errors.ts";
import { checkInstance, checkInteger } from "../runtime/check.ts";
import { displayable } from "../runtime/printable.ts";

/** A matrix for reading, also after it has been stored and loaded. */
export interface MatrixLike {
  readonly rows: number;
  readonly cols: number;
  /** Row after row, rows × cols numbers. */
  readonly data: Float32Array;
}

export class Matrix implements MatrixLike {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;

  /**
   * @param data Row after row, rows × cols numbers; it is kept, not copied. @default zeros
   * @throws {ArgumentError} A size that is not an integer ≥ 0, or data of another length.
   */
  constructor(rows: number, cols: number, data?: Float32Array) {
    this.rows = checkInteger("rows", rows, { min: 0 });
    this.cols = checkInteger("cols", cols, { min: 0 });
    const length = checkInteger("rows × cols", rows * cols, { max: 2 ** 32 });
    const hint = "pass a Float32Array, such as Float32Array.from(rows.flat())";
    this.data = data === undefined ? new Float32Array(length) : checkInstance("data", data, Float32Array, { hint });
    if (this.data.length !== length) {
      throw new ArgumentError(`a matrix of ${rows} × ${cols} has ${length} numbers, not ${this.data.length}`, {
        hint: "pass rows × cols numbers, row after row",
        facts: { argument: "data", rows, cols, found: this.data.length },
      });
    }
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * One row, as a view: what is written to it is written to the matrix.
   *
   * @throws {OutOfRangeError} The matrix has no such row.
   */
  row(index: number): Float32Array {
    checkInteger("index", index);
    if (index < 0 || index >= this.rows) {
      throw new OutOfRangeError(`the matrix has no row ${index}`, {
        hint: this.rows === 0 ? "it has no rows" : `its rows are 0 to ${this.rows - 1}`,
        facts: { argument: "index", value: index, min: 0, max: this.rows - 1 },
      });
    }
    return this.data.subarray(index * this.cols, (index + 1) * this.cols);
  }

  /** Size and the beginning of the first rows. */
  toString(): string {
    const lines = Array.from({ length: Math.min(3, this.rows) }, (_, index) => {
      const numbers = Array.from(this.row(index).subarray(0, 4), (number) => number.toFixed(4).padStart(7));
      return `  ${numbers.join(" ")}${this.cols > 4 ? " …" : ""}`;
    });
    return [`Matrix ${this.rows} × ${this.cols}`, ...lines, ...(this.rows > 3 ? ["  …"] : [])].join("\n");
  }
}
