import type { Parameter, Tensor } from "../tensor/index.ts";
import type { Module } from "./module.ts";

/**
 * A linear map, x·Wᵀ + b, however W is kept: as it is (Linear), with a low-rank matrix added (LoRALinear), or in 4 bits (QuantizedLinear). Layers that
 * multiply take any of them, so one can be put in the place of another.
 */
export interface Projection extends Module {
  readonly inputs: number;
  readonly outputs: number;
  /** (outputs). */
  readonly bias?: Parameter | undefined;
  /** (…, inputs) → (…, outputs). */
  forward(x: Tensor): Tensor;
  /** W as one matrix of float32, (outputs, inputs): what a checkpoint without adapters would hold. */
  matrix(): Tensor;
}
