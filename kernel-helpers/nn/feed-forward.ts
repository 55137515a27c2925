import { checkOptions } from "../runtime/check.ts";
import type { Tensor } from "../tensor/index.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { Projection } from "./projection.ts";

export interface SwiGLUOptions extends RandomOptions {
  /** @default false */
  bias?: boolean;
  /** Projections that are there already, instead of drawn ones. */
  projections?: Readonly<Record<"gate_proj" | "up_proj" | "down_proj", Projection>>;
}

/**
 * down(silu(gate(x)) · up(x)) — Shazeer 2020, "GLU variants improve Transformer" (arXiv:2002.05202); names as in Llama's checkpoints.
 *
 * @throws {ArgumentError} A size is not an integer ≥ 1, or there is no seed.
 */
export class SwiGLU extends Module {
  gate_proj: Projection;
  up_proj: Projection;
  down_proj: Projection;

  constructor(width: number, hidden: number, options: SwiGLUOptions = {}) {
    super();
    checkOptions("SwiGLU", options, ["bias", "projections", "seed", "random"]);
    const { bias = false, projections } = options;
    const random = projections ? undefined : randomOf("SwiGLU", options);
    const drawn = (inputs: number, outputs: number): Linear => new Linear(inputs, outputs, { bias, random: random! });
    this.gate_proj = projections?.gate_proj ?? drawn(width, hidden);
    this.up_proj = projections?.up_proj ?? drawn(width, hidden);
    this.down_proj = projections?.down_proj ?? drawn(hidden, width);
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    return this.down_proj.forward(this.gate_proj.forward(x).silu().mul(this.up_proj.forward(x)));
  }
}
