/** Rows of numbers: one vector a text. */
import { ArgumentError } from "../errors.ts";
import { displayable } from "../runtime/printable.ts";

/** What a matrix is to those who only read it, also after it has been stored and loaded. */
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

  constructor(rows: number, cols: number, data: Float32Array = new Float32Array(rows * cols)) {
    if (data.length !== rows * cols) {
      throw new ArgumentError(`a matrix of ${rows} × ${cols} has ${rows * cols} numbers, not ${data.length}`, {
        hint: "give rows × cols numbers, row after row",
      });
    }
    this.rows = rows;
    this.cols = cols;
    this.data = data;
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** One row, as a view: what is written to it is written to the matrix. */
  row(index: number): Float32Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.rows) {
      throw new ArgumentError(`there is no row ${index}`, { hint: `the matrix has rows 0 to ${this.rows - 1}` });
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
