import { argumentError, checkInstance } from "../runtime/check.ts";
import { Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";

/** What Sequential takes: a module with a forward of one tensor, or a plain function such as (x) => x.relu(). */
export type Layer = (Module & { forward(x: Tensor): Tensor }) | ((x: Tensor) => Tensor);

/**
 * Layers one after the other; parameters are named by position, as torch.nn.Sequential names them.
 *
 * @throws {ArgumentError} Something is neither a module with a forward method nor a function.
 * @example
 * const random = createRandom(1);
 * const model = new Sequential(new Linear(2, 16, { random }), (x) => x.tanh(), new Linear(16, 2, { random }));
 * Object.keys(model.parameters()) // [ '0.weight', '0.bias', '2.weight', '2.bias' ]
 */
export class Sequential extends Module {
  readonly [position: number]: Layer;
  readonly length: number;

  constructor(...layers: readonly Layer[]) {
    super();
    layers.forEach((layer, position) => checkLayer(`layers[${position}]`, layer));
    this.length = layers.length;
    Object.assign(this, layers);
  }

  /** Through all layers. @throws {ArgumentError} A layer does not return a tensor. */
  forward(x: Tensor): Tensor {
    let result = checkInstance("x", x, Tensor);
    for (let position = 0; position < this.length; position++) {
      const layer = this[position]!;
      const next: unknown = typeof layer === "function" ? layer(result) : layer.forward(result);
      result = checkInstance(`what layers[${position}] returns`, next, Tensor, { hint: "such as (x) => x.tanh(), without braces" });
    }
    return result;
  }
}

function checkLayer(argument: string, layer: unknown): void {
  if (typeof layer === "function" || (layer instanceof Module && "forward" in layer)) return;
  throw argumentError(argument, "a module with a forward method, or a function of a tensor", layer, {
    hint: Array.isArray(layer)
      ? "pass the layers one by one: new Sequential(...layers)"
      : "such as new Linear(2, 16, { seed: 1 }) or (x) => x.tanh()",
  });
}
