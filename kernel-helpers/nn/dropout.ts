import { checkInstance, checkNumber, checkOptions } from "../runtime/check.ts";
import { dropout, parameter, Tensor, tensor, type Parameter } from "../tensor/index.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";

/**
 * In training, sets each number to 0 with the probability `rate` and lets the others grow by 1 / (1 − rate); in evaluation mode lets all
 * pass — Srivastava et al. 2014. Each call draws another mask; the counter of masks is part of the module's state, so a resumed run draws
 * those that it would have drawn.
 *
 * @throws {ArgumentError} The rate is not from 0 to 1, or there is no seed.
 * @example
 * new Dropout(0.1, { seed: 1 })
 */
export class Dropout extends Module {
  readonly rate: number;
  readonly drawn: Parameter;

  constructor(rate: number, options: RandomOptions = {}) {
    super();
    this.rate = checkNumber("rate", rate, { min: 0, max: 1 });
    checkOptions("Dropout", options, ["seed", "random"]);
    // Masks are counted from a number of the module's own: two dropouts must not draw the same.
    this.drawn = parameter(tensor(randomOf("Dropout", options).integer(2 ** 31) * 2 ** 20, { dtype: "int64" }));
  }

  /** x → the same shape. */
  forward(x: Tensor): Tensor {
    checkInstance("x", x, Tensor);
    if (!this.training || this.rate === 0) return x;
    const seed = this.drawn.add(0);
    this.drawn.assign(this.drawn.add(1));
    return dropout(x, this.rate, { seed });
  }

  override details(): string {
    return String(this.rate);
  }
}
