/** Methods of tensors: arithmetic, with broadcasting. */
import * as elementwise from "../operators/elementwise.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { Expression } from "./expression.ts";

export abstract class Arithmetic extends Expression {
  add(other: Operand): Tensor {
    return this.make(elementwise.add(this.value, this.operand(other)));
  }
  sub(other: Operand): Tensor {
    return this.make(elementwise.sub(this.value, this.operand(other)));
  }
  mul(other: Operand): Tensor {
    return this.make(elementwise.mul(this.value, this.operand(other)));
  }

  /** Integers are divided towards zero. @throws {ArgumentError} An integer is divided by zero. */
  div(other: Operand): Tensor {
    return this.make(elementwise.div(this.value, this.operand(other)));
  }

  /** To the power of the exponent. @throws {ArgumentError} An integer has a negative exponent. */
  pow(exponent: Operand): Tensor {
    return this.make(elementwise.pow(this.value, this.operand(exponent, "exponent")));
  }

  /** The larger of each two numbers, NaN if one of them is. */
  maximum(other: Operand): Tensor {
    return this.make(elementwise.maximum(this.value, this.operand(other)));
  }

  /** The smaller of each two numbers, NaN if one of them is. */
  minimum(other: Operand): Tensor {
    return this.make(elementwise.minimum(this.value, this.operand(other)));
  }

  /** Numbers below `low` become `low`, those above `high` become `high`; NaN stays NaN. */
  clip(low: Operand, high: Operand): Tensor {
    return this.make(elementwise.clip(this.value, this.operand(low, "low"), this.operand(high, "high")));
  }
  neg(): Tensor {
    return this.make(elementwise.neg(this.value));
  }
  exp(): Tensor {
    return this.make(elementwise.exp(this.value));
  }

  /** Natural logarithm. */
  log(): Tensor {
    return this.make(elementwise.log(this.value));
  }
  sqrt(): Tensor {
    return this.make(elementwise.sqrt(this.value));
  }
  square(): Tensor {
    return this.make(elementwise.square(this.value));
  }
  abs(): Tensor {
    return this.make(elementwise.abs(this.value));
  }

  /** -1, 0 or 1; 0 of NaN. */
  sign(): Tensor {
    return this.make(elementwise.sign(this.value));
  }

  /** 1 / x. */
  reciprocal(): Tensor {
    return this.make(elementwise.reciprocal(this.value));
  }
  sin(): Tensor {
    return this.make(elementwise.sin(this.value));
  }
  cos(): Tensor {
    return this.make(elementwise.cos(this.value));
  }
}
