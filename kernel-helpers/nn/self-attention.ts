import { ArgumentError, ShapeError } from "../errors.ts";
import { checkBoolean, checkInstance, checkOptions } from "../runtime/check.ts";
import { Tensor } from "../tensor/index.ts";
import { scaledDotProductAttention, type AttentionOptions } from "./attention.ts";
import { checkInput, checkSize } from "./check-layer.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { applyRotary, checkRotaryOptions, type RotaryOptions } from "./rotary.ts";

export interface SelfAttentionOptions extends RandomOptions {
  /** A divisor of the width. */
  heads: number;
  /** Heads of keys and values, a divisor of `heads`; fewer than `heads` is grouped-query attention. @default heads */
  numKeyValueHeads?: number;
  /** Turns queries and keys by their positions. @default not */
  rotary?: RotaryOptions;
  /** @default true */
  bias?: boolean;
}

/**
 * Self-attention in several heads — Vaswani et al. 2017, §3.2.2; names as in Llama's checkpoints: q_proj, k_proj, v_proj, o_proj.
 *
 * @throws {ArgumentError} The sizes do not divide, an option is unknown, or there is no seed.
 */
export class SelfAttention extends Module {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly heads: number;
  readonly numKeyValueHeads: number;
  readonly #rotary: RotaryOptions | undefined;

  constructor(width: number, options: SelfAttentionOptions) {
    super();
    checkSize("width", width);
    checkOptions("SelfAttention", options ?? {}, ["heads", "numKeyValueHeads", "rotary", "bias", "seed", "random"]);
    const { heads, numKeyValueHeads = heads, rotary, bias = true } = options ?? ({} as SelfAttentionOptions);
    checkSize("heads", heads);
    checkSize("numKeyValueHeads", numKeyValueHeads);
    checkBoolean("bias", bias);
    if (width % heads !== 0) throw indivisible("width", width, "heads", heads);
    if (heads % numKeyValueHeads !== 0) throw indivisible("heads", heads, "numKeyValueHeads", numKeyValueHeads);
    if (rotary !== undefined) checkRotaryOptions(rotary);
    if (rotary !== undefined && (width / heads) % 2 !== 0)
      throw indivisible("width / heads", width / heads, "the pairs that rotary turns", 2);
    const random = randomOf("SelfAttention", options);
    const keyValueWidth = (width / heads) * numKeyValueHeads;
    this.q_proj = new Linear(width, width, { bias, random });
    this.k_proj = new Linear(width, keyValueWidth, { bias, random });
    this.v_proj = new Linear(width, keyValueWidth, { bias, random });
    this.o_proj = new Linear(width, width, { bias, random });
    this.heads = heads;
    this.numKeyValueHeads = numKeyValueHeads;
    this.#rotary = rotary;
  }

  /** (B, T, C) → (B, T, C). */
  forward(x: Tensor, options: AttentionOptions = {}): Tensor {
    const { weight } = this.q_proj;
    checkInput("SelfAttention", x, weight.shape[1]!, weight);
    if (x.rank !== 3) throw notThreeAxes("SelfAttention", x);
    const [B, T, C] = x.shape as [number, number, number];
    const turn = (heads: Tensor): Tensor => (this.#rotary ? applyRotary(heads, this.#rotary) : heads);
    const q = turn(splitHeads(this.q_proj.forward(x), this.heads));
    const k = turn(splitHeads(this.k_proj.forward(x), this.numKeyValueHeads));
    const v = splitHeads(this.v_proj.forward(x), this.numKeyValueHeads);
    const mixed = scaledDotProductAttention(q, k, v, options); // (B, H, T, D)
    return this.o_proj.forward(mixed.transpose(1, 2).reshape([B, T, C]));
  }

  override details(): string {
    return `${this.heads} heads${this.numKeyValueHeads === this.heads ? "" : `, ${this.numKeyValueHeads} of keys`}`;
  }
}

/** (B, T, H·D) → (B, H, T, D). @throws {ShapeError} It has not three axes, or the last is not a multiple of the heads. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  checkInstance("x", x, Tensor);
  checkSize("heads", heads);
  if (x.rank !== 3) throw notThreeAxes("splitHeads", x);
  const [B, T, C] = x.shape as [number, number, number];
  if (C % heads !== 0) throw indivisible("the last axis", C, "heads", heads);
  return x.reshape([B, T, heads, C / heads]).transpose(1, 2);
}

const indivisible = (what: string, size: number, by: string, divisor: number): ArgumentError =>
  new ArgumentError(`${what}, ${size}, is not a multiple of ${by}, ${divisor}`, {
    hint: `choose a multiple of ${divisor}`,
    facts: { argument: what, value: size, divisor },
  });

const notThreeAxes = (taker: string, { shape }: Tensor): ShapeError =>
  new ShapeError(`${taker} takes (batch, tokens, width), got (${shape.join(", ")})`, { hint: "add a batch of one with x.unsqueeze(0)" });
