/**
 * Tensors: arrays of numbers with a shape and an element type, computed only when their numbers are asked for. A method makes an expression; it
 * checks shapes and types at once, so that a mistake is reported at the line that made it. The methods are in families, one file of methods/ each.
 */
import type { TensorArray } from "../onnx/index.ts";
import { displayable } from "../runtime/printable.ts";
import { ArgumentError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import { decodeNumbers, shownNumbers } from "./graph/numbers.ts";
import { makeSource, shapeError, type DType, type Value } from "./graph/value.ts";
import { Arrangements } from "./methods/arrangements.ts";
import { cast } from "./operators/elementwise.ts";
import { stop } from "./operators/reduce.ts";
import { describeTensor, nest, type NestedNumbers } from "./print.ts";
import { tracing } from "./tracing.ts";

/** An axis or several, negative ones counted from the end; all when left out. */
export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Reduced axes stay, with size 1. @default false */
  keepDims?: boolean;
}

/** What can stand on the right of an operator: a number takes the element type of the left. */
export type Operand = Tensor | number;

/** A cell can call the constructor, though its arguments are not for it to make. */
function checkValue(value: unknown): Value {
  if (typeof value === "object" && value !== null && "node" in value) return value as Value;
  throw new ArgumentError("Tensor has no public constructor", { hint: "use tensor([1, 2, 3]), zeros, ones, full or arange" });
}

export class Tensor extends Arrangements {
  #value: Value;

  /** @internal */
  constructor(value: Value) {
    super();
    this.#value = checkValue(value);
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** The expression. @internal */
  override get value(): Value {
    return this.#value;
  }

  /** @internal */
  protected override make(value: Value): Tensor {
    return new Tensor(value);
  }

  /** The numbers, in row-major order, computed now; float16 as its bits in a Uint16Array, bool as 0 and 1. Not to be written to. */
  get data(): TensorArray {
    const value = this.value;
    evaluate([value]);
    // Outside any trace no gradient of what has been computed can be asked for: the expression behind it can go.
    if (value === this.#value && !tracing()) this.#value = makeSource(value, value.buffer);
    return value.buffer!.data;
  }

  /** The number of a tensor that has only one, computed now. @throws {ArgumentError} An int64 beyond 2^53: see `data`. */
  item(): number {
    if (this.size !== 1) {
      throw shapeError("item", `there are ${this.size} numbers`, [this], { hint: "reduce first, for example .mean(), or use .toArray()" });
    }
    return decodeNumbers(this.dtype, this.data)[0]!;
  }

  /** Nested arrays of the numbers, computed now; a plain number for a scalar. */
  toArray(): NestedNumbers {
    return nest(decodeNumbers(this.dtype, this.data), this.shape);
  }

  /** Shape, element type and numbers, large tensors abridged. */
  override toString(): string {
    return describeTensor(this.shape, this.dtype, shownNumbers(this.dtype, this.data));
  }

  /**
   * As another element type: "float32", "float64", "float16", "int64" or "bool". To int64 numbers are cut towards zero, and those that it cannot hold
   * become anything, as in PyTorch; to bool all but 0 are true, NaN too.
   */
  to(dtype: DType): Tensor {
    return new Tensor(cast(this.value, dtype));
  }

  /** The same numbers, through which no gradient flows. */
  detach(): Tensor {
    return new Tensor(stop(this.value));
  }
}
