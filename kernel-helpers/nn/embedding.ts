import { DTypeError } from "../errors.ts";
import { checkInstance, checkOptions } from "../runtime/check.ts";
import { Tensor, type Parameter } from "../tensor/index.ts";
import { checkParameter, checkSize } from "./check-layer.ts";
import { normalParameter, randomOf, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";

export interface EmbeddingOptions extends RandomOptions {
  /** Standard deviation of the initial values, ≥ 0. @default 1 */
  std?: number;
  /** A table that is there already, (count, width). @default one that is drawn */
  weight?: Parameter;
}

/**
 * A vector for each id, from a table that begins normal with a standard deviation of 1, as torch.nn.Embedding.
 *
 * @throws {ArgumentError} A size is not an integer ≥ 1, or there is no seed.
 * @example
 * new Embedding(1000, 64, { seed: 1 }).forward(arange(5)).shape // [ 5, 64 ]
 */
export class Embedding extends Module {
  /** (count, width). */
  readonly weight: Parameter;

  constructor(count: number, width: number, options: EmbeddingOptions = {}) {
    super();
    checkSize("count", count);
    checkSize("width", width);
    checkOptions("Embedding", options, ["std", "weight", "seed", "random"]);
    const { std = 1, weight } = options;
    this.weight = weight ?? normalParameter([count, width], std, randomOf("Embedding", options));
    checkParameter("weight", this.weight, [count, width]);
  }

  /** Ids (…) int64, from 0 to count − 1 → (…, width). @throws {DTypeError} The ids are not int64. */
  forward(ids: Tensor): Tensor {
    const { dtype } = checkInstance("ids", ids, Tensor, { hint: 'pass tensor([…], { dtype: "int64" })' });
    if (dtype === "int64") return this.weight.take(ids);
    throw new DTypeError(`Embedding(${this.details()}) takes ids of int64, got ${dtype}`, {
      hint: 'convert them with .to("int64")',
      facts: { argument: "ids", expected: "int64", value: dtype },
    });
  }

  override details(): string {
    return this.weight.shape.join(", ");
  }
}
