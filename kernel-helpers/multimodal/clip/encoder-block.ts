import { LayerNorm, Linear, Module, SelfAttention, type Random } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";

/** x + attention(norm(x)), then x + mlp(norm(x)), where every token sees every other. */
export class EncoderBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: SelfAttention;
  readonly ln_2: LayerNorm;
  readonly fc: Linear;
  readonly proj: Linear;

  constructor(width: number, heads: number, random: Random) {
    super();
    this.ln_1 = new LayerNorm(width);
    this.attn = new SelfAttention(width, { heads, random });
    this.ln_2 = new LayerNorm(width);
    this.fc = new Linear(width, 4 * width, { random });
    this.proj = new Linear(4 * width, width, { random });
  }

  /** (B, T, C) → (B, T, C). @param bias Added to the scores of attention, such as that of padding. */
  forward(x: Tensor, bias?: Tensor): Tensor {
    const attended = x.add(this.attn.forward(this.ln_1.forward(x), bias ? { bias } : {}));
    return attended.add(this.proj.forward(this.fc.forward(this.ln_2.forward(attended)).gelu()));
  }
}
