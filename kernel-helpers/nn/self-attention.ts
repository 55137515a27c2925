import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor/index.ts";
import { scaledDotProductAttention, type AttentionOptions } from "./attention.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { rotate, type RotaryOptions } from "./rotary.ts";

export interface SelfAttentionOptions extends RandomOptions {
  heads: number;
  /** Heads of keys and values; fewer than `heads` is grouped-query attention. @default heads */
  keyHeads?: number;
  /** Turns queries and keys by their positions. @default not */
  rotary?: RotaryOptions;
  /** @default true */
  bias?: boolean;
}

/** Self-attention in several heads — Vaswani et al. 2017, §3.2.2; names as in Llama's checkpoints: q_proj, k_proj, v_proj, o_proj. */
export class SelfAttention extends Module {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly heads: number;
  readonly keyHeads: number;
  readonly #rotary: RotaryOptions | undefined;

  constructor(width: number, { heads, keyHeads = heads, rotary, bias = true, ...options }: SelfAttentionOptions) {
    super();
    if (width % heads !== 0 || heads % keyHeads !== 0) {
      throw new ArgumentError(`attention of width ${width} in ${heads} heads, ${keyHeads} of them with keys`, {
        hint: "the width must be a multiple of the heads, and those of the heads with keys",
      });
    }
    const random = randomOf(options);
    const keyWidth = (width / heads) * keyHeads;
    this.q_proj = new Linear(width, width, { bias, random });
    this.k_proj = new Linear(width, keyWidth, { bias, random });
    this.v_proj = new Linear(width, keyWidth, { bias, random });
    this.o_proj = new Linear(width, width, { bias, random });
    this.heads = heads;
    this.keyHeads = keyHeads;
    this.#rotary = rotary;
  }

  /** (B, T, C) → (B, T, C). */
  forward(x: Tensor, options: AttentionOptions = {}): Tensor {
    const [B, T, C] = x.shape as [number, number, number];
    const turn = (heads: Tensor): Tensor => (this.#rotary ? rotate(heads, this.#rotary) : heads);
    const q = turn(splitHeads(this.q_proj.forward(x), this.heads));
    const k = turn(splitHeads(this.k_proj.forward(x), this.keyHeads));
    const v = splitHeads(this.v_proj.forward(x), this.keyHeads);
    const mixed = scaledDotProductAttention(q, k, v, options); // (B, H, T, D)
    return this.o_proj.forward(mixed.transpose(1, 2).reshape([B, T, C]));
  }

  override details(): string {
    return `${this.heads} heads${this.keyHeads === this.heads ? "" : `, ${this.keyHeads} of keys`}`;
  }
}

/** (B, T, H·D) → (B, H, T, D). */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [B, T, C] = x.shape as [number, number, number];
  return x.reshape([B, T, heads, C / heads]).transpose(1, 2);
}
