import type { Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";

/** What Sequential takes: a module with a forward of one tensor, or a plain function such as (x) => x.relu(). */
export type Layer = (Module & { forward(x: Tensor): Tensor }) | ((x: Tensor) => Tensor);

/**
 * Layers one after the other; parameters are named by position, as torch.nn.Sequential names them.
 *
 * @example
 * const model = new Sequential(new Linear(2, 16), (x) => x.tanh(), new Linear(16, 2));
 * Object.keys(model.parameters()) // [ '0.weight', '0.bias', '2.weight', '2.bias' ]
 */
export class Sequential extends Module {
  readonly [position: number]: Layer;
  readonly length: number;

  constructor(...layers: readonly Layer[]) {
    super();
    this.length = layers.length;
    Object.assign(this, layers);
  }

  forward(x: Tensor): Tensor {
    let result = x;
    for (let position = 0; position < this.length; position++) {
      const layer = this[position]!;
      result = typeof layer === "function" ? layer(result) : layer.forward(result);
    }
    return result;
  }
}
