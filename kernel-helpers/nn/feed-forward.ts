import type { Tensor } from "../tensor/index.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** down(silu(gate(x)) · up(x)) — Shazeer 2020, "GLU variants improve Transformer" (arXiv:2002.05202); names as in Llama's checkpoints. */
export class SwiGLU extends Module {
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;

  constructor(width: number, hidden: number, { bias = false, ...options }: RandomOptions & { bias?: boolean } = {}) {
    super();
    const random = randomOf(options);
    this.gate_proj = new Linear(width, hidden, { bias, random });
    this.up_proj = new Linear(width, hidden, { bias, random });
    this.down_proj = new Linear(hidden, width, { bias, random });
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    return this.down_proj.forward(this.gate_proj.forward(x).silu().mul(this.up_proj.forward(x)));
  }
}
