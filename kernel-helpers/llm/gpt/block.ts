import { attentionWeights, Dropout, LayerNorm, MixtureOfExperts, Module, scaledDotProductAttention, type Mixed } from "../../nn/index.ts";
import type { Random } from "../../runtime/random.ts";
import { where, type Tensor } from "../../tensor/index.ts";
import type { CheckedConfig } from "./config.ts";
import { mixtureFor } from "./experts.ts";
import { Conv1D, residualStd } from "./parts.ts";

/** Keys and values of a layer, (B, H, T, D) each. */
export interface Cache {
  keys: Tensor;
  values: Tensor;
}

/** What one more token sees: a cache with room for T tokens, and where in it the token stands. */
export interface Past extends Cache {
  /** (T, 1), or (B, 1, T, 1) where texts differ in length, of bool: true at the token's position. */
  isHere: Tensor;
  /** (T), or (B, 1, 1, T): 0 up to the token's position, -1e9 after it. */
  bias: Tensor;
}

export interface Attended extends Cache {
  /** (T, B, C) */
  x: Tensor;
}

/** What a block made of its input. */
export interface BlockOutput extends Attended {
  /** What its experts did, where it has some. */
  mixed?: Mixed;
}

export class Attention extends Module {
  readonly c_attn: Conv1D;
  readonly c_proj: Conv1D;
  readonly drop: Dropout;
  readonly #heads: number;

  constructor({ width, heads, layers, dropout }: CheckedConfig, random: Random) {
    super();
    this.c_attn = new Conv1D(width, 3 * width, 0.02, random);
    this.c_proj = new Conv1D(width, width, residualStd(layers), random);
    this.drop = new Dropout(dropout, { random });
    this.#heads = heads;
  }

  /** (T, B, C) → (T, B, C). */
  forward(x: Tensor): Tensor {
    return this.attend(x).x;
  }

  /** What the tokens see, with the keys and values for those that come later: of these tokens, or of the cache with theirs in it. */
  attend(x: Tensor, past?: Past): Attended {
    const [q, k, v] = this.#project(x);
    const [keys, values] = past ? [where(past.isHere, k!, past.keys), where(past.isHere, v!, past.values)] : [k!, v!];
    const mixed = scaledDotProductAttention(q!, keys, values, past ? { bias: past.bias } : { causal: true });
    return { x: this.drop.forward(this.c_proj.forward(mixed.permute([2, 0, 1, 3]).reshape(x.shape))), keys, values };
  }

  /** How much each position looks at each: (T, B, C) → (B, H, T, T), rows of which add up to 1. */
  weights(x: Tensor): Tensor {
    const [q, k] = this.#project(x);
    return attentionWeights(q!, k!, { causal: true });
  }

  /** Queries, keys and values, each (B, H, T, D). */
  #project(x: Tensor): Tensor[] {
    const [T, B, C] = x.shape as [number, number, number];
    const split = [T, B, this.#heads, C / this.#heads];
    return this.c_attn
      .forward(x)
      .split([C, C, C])
      .map((part) => part.reshape(split).permute([1, 2, 0, 3]));
  }

  override details(): string {
    return `${this.#heads} heads`;
  }
}

export class MLP extends Module {
  readonly c_fc: Conv1D;
  readonly c_proj: Conv1D;
  readonly drop: Dropout;

  constructor({ width, layers, dropout }: CheckedConfig, random: Random) {
    super();
    this.c_fc = new Conv1D(width, 4 * width, 0.02, random);
    this.c_proj = new Conv1D(4 * width, width, residualStd(layers), random);
    this.drop = new Dropout(dropout, { random });
  }

  forward(x: Tensor): Tensor {
    return this.drop.forward(this.c_proj.forward(this.c_fc.forward(x).gelu({ approximate: "tanh" })));
  }
}

/**
 * x + attention(norm(x)), then x + mlp(norm(x)). Time is the first axis: so a head's queries, keys and values are matrices that a product reads
 * where they lie, all batches and heads at once.
 */
export class Block extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: Attention;
  readonly ln_2: LayerNorm;
  readonly mlp: MLP | MixtureOfExperts;

  /** @param layer Counted from 0. */
  constructor(config: CheckedConfig, layer: number, random: Random) {
    super();
    const { experts, width, layers } = config;
    this.ln_1 = new LayerNorm(config.width);
    this.attn = new Attention(config, random);
    this.ln_2 = new LayerNorm(config.width);
    this.mlp = experts && (layer + 1) % experts.every === 0 ? mixtureFor(experts, width, layers, random) : new MLP(config, random);
  }

  /** (T, B, C) → (T, B, C). */
  forward(x: Tensor): Tensor {
    return this.attend(x).x;
  }

  attend(x: Tensor, past?: Past): BlockOutput {
    const { x: seen, ...cache } = this.attn.attend(this.ln_1.forward(x), past);
    const attended = x.add(seen);
    const normed = this.ln_2.forward(attended);
    if (!(this.mlp instanceof MixtureOfExperts)) return { x: attended.add(this.mlp.forward(normed)), ...cache };
    const mixed = this.mlp.mix(normed);
    return { x: attended.add(mixed.y), ...cache, mixed };
  }

  /** What the heads look at when the block is given x: (B, H, T, T). */
  attentionWeights(x: Tensor): Tensor {
    return this.attn.weights(this.ln_1.forward(x));
  }
}
