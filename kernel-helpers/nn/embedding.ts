import type { Parameter, Tensor } from "../tensor/index.ts";
import { normalParameter, randomOf, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";

/**
 * A vector for each id, from a table that begins normal with deviation 1, as torch.nn.Embedding.
 *
 * @example
 * new Embedding(1000, 64).forward(arange(5)).shape // [ 5, 64 ]
 */
export class Embedding extends Module {
  /** (count, width). */
  readonly weight: Parameter;

  constructor(count: number, width: number, options: RandomOptions & { /** @default 1 */ deviation?: number } = {}) {
    super();
    this.weight = normalParameter([count, width], options.deviation ?? 1, randomOf(options));
  }

  /** Ids (…) int64 → (…, width). */
  forward(ids: Tensor): Tensor {
    return this.weight.take(ids);
  }

  override details(): string {
    return this.weight.shape.join(", ");
  }
}
