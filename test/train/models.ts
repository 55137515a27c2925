/** Small models and data that the tests of training share. */
import { Linear, Module } from "../../kernel-helpers/nn/index.ts";
import { dropout, parameter, tensor, uniform, type Parameter, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { tensorBatches } from "../../kernel-helpers/train/tensor-batches.ts";
import type { Batches } from "../../kernel-helpers/train/batches.ts";

/** Two layers with a dropout between them, whose masks are counted. */
export class Net extends Module {
  readonly first: Linear = new Linear(3, 16, { seed: 1 });
  readonly second: Linear = new Linear(16, 1, { seed: 2 });
  readonly masks: Parameter = parameter(tensor(0, { dtype: "int64" }));
  readonly #rate: number;

  constructor(rate: number = 0) {
    super();
    this.#rate = rate;
  }

  forward(x: Tensor): Tensor {
    const hidden = this.first.forward(x).tanh();
    if (!this.training || this.#rate === 0) return this.second.forward(hidden);
    this.masks.assign(this.masks.add(1));
    return this.second.forward(dropout(hidden, this.#rate, { seed: this.masks }));
  }
}

export type Pair = { x: Tensor; y: Tensor };

export const squaredError = (net: Net, { x, y }: Pair): Tensor => net.forward(x).sub(y).square().mean();

/** The product of three numbers, which a line does not fit. */
export function products(rows: number, seed: number): Pair {
  const x = uniform([rows, 3], { seed, low: -1, high: 1 });
  return {
    x,
    y: x
      .slice(null, [0, 1])
      .mul(x.slice(null, [1, 2]))
      .add(x.slice(null, [2, 3])),
  };
}

export const batchesOf = (rows: number, batchSize: number, seed: number = 1): Batches<Pair> =>
  tensorBatches(products(rows, seed), { batchSize, seed });

/** Copies of all numbers that a module or an optimizer holds. */
export const numbersOf = (state: Record<string, Parameter>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, data]));
