import { Module, type Projection } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { Llama } from "../llama/llama.ts";

/** The model's weights as a checkpoint without adapters has them, by the hub's names: each is computed when it is asked for. */
export function mergedWeights(model: Llama): Map<string, () => Tensor> {
  const projections = Object.entries(model.modules()).filter((found): found is [string, Module & Projection] => "matrix" in found[1]);
  const outermost = projections.filter(([name]) => !projections.some(([other]) => name.startsWith(`${other}.`)));
  const within = (name: string): boolean => outermost.some(([other]) => name.startsWith(`${other}.`));
  const others = Object.entries(model.parameters()).filter(([name]) => !within(name));
  return new Map<string, () => Tensor>([
    ...others.map(([name, parameter]) => [name, () => parameter] as const),
    ...outermost.flatMap(([name, projection]) => [
      [`${name}.weight`, () => projection.matrix()] as const,
      ...(projection.bias ? [[`${name}.bias`, () => projection.bias!] as const] : []),
    ]),
  ]);
}
