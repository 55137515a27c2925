import { checkOptions } from "../runtime/check.ts";
import type { Tensor } from "../tensor/index.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

export interface SwiGLUOptions extends RandomOptions {
  /** @default false */
  bias?: boolean;
}

/**
 * down(silu(gate(x)) · up(x)) — Shazeer 2020, "GLU variants improve Transformer" (arXiv:2002.05202); names as in Llama's checkpoints.
 *
 * @throws {ArgumentError} A size is not an integer ≥ 1, or there is no seed.
 */
export class SwiGLU extends Module {
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;

  constructor(width: number, hidden: number, options: SwiGLUOptions = {}) {
    super();
    checkOptions("SwiGLU", options, ["bias", "seed", "random"]);
    const { bias = false } = options;
    const random = randomOf("SwiGLU", options);
    this.gate_proj = new Linear(width, hidden, { bias, random });
    this.up_proj = new Linear(width, hidden, { bias, random });
    this.down_proj = new Linear(hidden, width, { bias, random });
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    return this.down_proj.forward(this.gate_proj.forward(x).silu().mul(this.up_proj.forward(x)));
  }
}
