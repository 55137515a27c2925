/**
 * What all families of methods stand on: an expression, and a way to make another tensor of one. Each family is a class that extends the one
 * before; `Tensor` is the last, and so has all of them.
 */
import { operandOf } from "../arguments.ts";
import { sizeOf } from "../graph/shape.ts";
import type { DType, Value } from "../graph/value.ts";
import type { Operand, Tensor } from "../tensor.ts";

export abstract class Expression {
  /** The expression. @internal */
  abstract get value(): Value;

  /** A tensor of another expression. @internal */
  protected abstract make(value: Value): Tensor;

  /** The expression of an operand, which may be a number. @internal */
  protected operand(other: Operand, argument: string = "other"): Value {
    return operandOf(argument, other, this.dtype);
  }

  get shape(): readonly number[] {
    return this.value.shape;
  }

  get dtype(): DType {
    return this.value.dtype;
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }
}
