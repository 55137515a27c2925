import { checkInteger, checkNumber, checkOptions } from "../runtime/check.ts";
import { parameter, zeros, type Parameter, type Tensor } from "../tensor/index.ts";
import { Dropout } from "./dropout.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { Projection } from "./projection.ts";

export interface LoRAOptions extends RandomOptions {
  /** Rows of A and columns of B, r. */
  rank: number;
  /** The product is scaled by alpha / rank; > 0. @default the rank */
  alpha?: number;
  /** The share of x that A does not see in training, in [0, 1]. @default 0 */
  dropout?: number;
}

/**
 * A projection with a low-rank matrix added to it: x·Wᵀ + (alpha / r)·x·Aᵀ·Bᵀ — Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language
 * Models" (arXiv:2106.09685). A (r, inputs) begins as a Linear's weight does, B (outputs, r) at 0, so that at first nothing changes. W is to stay as
 * it is: give the optimizer only A and B. The names are those of peft.
 *
 * @throws {ArgumentError} The rank is not an integer ≥ 1, alpha not above 0, or there is no seed.
 * @example
 * attention.q_proj = new LoRALinear(attention.q_proj, { rank: 8, alpha: 16, seed: 1 });
 */
export class LoRALinear extends Module implements Projection {
  readonly base_layer: Projection;
  readonly lora_A: Linear;
  readonly lora_B: Linear;
  readonly lora_dropout: Dropout | undefined;
  readonly rank: number;
  readonly alpha: number;

  constructor(base: Projection, options: LoRAOptions) {
    super();
    checkOptions("LoRALinear", options, ["rank", "alpha", "dropout", "seed", "random"]);
    const { rank, alpha = rank, dropout = 0 } = options;
    this.rank = checkInteger("rank", rank, { min: 1 });
    this.alpha = checkNumber("alpha", alpha, { above: 0 });
    checkNumber("dropout", dropout, { min: 0, max: 1 });
    const random = randomOf("LoRALinear", options);
    this.base_layer = base;
    this.lora_A = new Linear(base.inputs, rank, { bias: false, random });
    this.lora_B = new Linear(rank, base.outputs, { bias: false, weight: parameter(zeros([base.outputs, rank])) });
    this.lora_dropout = dropout === 0 ? undefined : new Dropout(dropout, { random });
  }

  get inputs(): number {
    return this.base_layer.inputs;
  }

  get outputs(): number {
    return this.base_layer.outputs;
  }

  get bias(): Parameter | undefined {
    return this.base_layer.bias;
  }

  /** alpha / rank. */
  get scale(): number {
    return this.alpha / this.rank;
  }

  /** (…, inputs) → (…, outputs). */
  forward(x: Tensor): Tensor {
    const seen = this.lora_dropout ? this.lora_dropout.forward(x) : x;
    return this.base_layer.forward(x).add(this.lora_B.forward(this.lora_A.forward(seen).mul(this.scale)));
  }

  /** W + (alpha / r)·B·A. */
  matrix(): Tensor {
    return this.base_layer.matrix().add(this.lora_B.weight.matmul(this.lora_A.weight).mul(this.scale));
  }

  override details(): string {
    return `rank ${this.rank}, alpha ${this.alpha}`;
  }
}
