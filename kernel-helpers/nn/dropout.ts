import { ArgumentError } from "../errors.ts";
import { dropout, parameter, tensor, type Parameter, type Tensor } from "../tensor/index.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";

/**
 * In training, sets each number to 0 with the probability `rate` and lets the others grow by 1 / (1 − rate); in evaluation mode lets all
 * pass — Srivastava et al. 2014. Each call draws another mask; the counter of masks is part of the module's state, so a resumed run draws
 * those that it would have drawn.
 */
export class Dropout extends Module {
  readonly rate: number;
  readonly drawn: Parameter;

  constructor(rate: number, options: RandomOptions = {}) {
    super();
    if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`a dropout rate of ${rate}`, { hint: "it must be in [0, 1)" });
    this.rate = rate;
    // Masks are numbered from a place of the module's own: two dropouts must not draw the same.
    this.drawn = parameter(tensor(randomOf(options).integer(2 ** 31) * 2 ** 20, { dtype: "int64" }));
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.rate === 0) return x;
    const seed = this.drawn.add(0);
    this.drawn.assign(this.drawn.add(1));
    return dropout(x, this.rate, { seed });
  }

  override details(): string {
    return String(this.rate);
  }
}
