import { ArgumentError, ShapeError } from "../errors.ts";
import { checkBoolean, checkInstance, checkOptions } from "../runtime/check.ts";
import { Tensor, where } from "../tensor/index.ts";
import { scaledDotProductAttention, type AttentionOptions } from "./attention.ts";
import { checkInput, checkSize } from "./check-layer.ts";
import { randomOf, type RandomOptions } from "./initial.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { RMSNorm } from "./norms.ts";
import type { Projection } from "./projection.ts";
import { applyRotary, checkRotaryOptions, type RotaryOptions } from "./rotary.ts";

export interface SelfAttentionOptions extends RandomOptions {
  /** Heads of queries. */
  heads: number;
  /** Heads of keys and values, a divisor of `heads`; fewer than `heads` is grouped-query attention. @default heads */
  numKeyValueHeads?: number;
  /** Numbers of a head. @default width / heads */
  headSize?: number;
  /** Turns queries and keys by their positions. @default not */
  rotary?: RotaryOptions;
  /** Whether the projections add a bias; "qkv": all but o_proj, as in Qwen 2. @default true */
  bias?: boolean | "qkv";
  /** Norms of each head's queries and keys, as in Qwen 3, (headSize) each. @default none */
  norms?: Readonly<Record<"q_norm" | "k_norm", RMSNorm>>;
  /** Projections that are there already, instead of drawn ones. */
  projections?: Readonly<Record<"q_proj" | "k_proj" | "v_proj" | "o_proj", Projection>>;
}

export interface SelfAttentionInputs extends AttentionOptions {
  /** Each token's position, (T) or (B, T), int64, for rotary. @default from 0 on */
  positions?: Tensor;
  /** Keys and values of the tokens before, with room for those of x, which are put where `isHere` is true. @default x alone */
  past?: KeysAndValues & { readonly isHere: Tensor };
}

/** What later tokens look at: (B, heads of keys, S, headSize) each. */
export interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Self-attention in several heads — Vaswani et al. 2017, §3.2.2; names as in Llama's checkpoints: q_proj, k_proj, v_proj, o_proj.
 *
 * @throws {ArgumentError} The sizes do not divide, an option is unknown, or there is no seed.
 */
export class SelfAttention extends Module {
  q_proj: Projection;
  k_proj: Projection;
  v_proj: Projection;
  o_proj: Projection;
  readonly q_norm: RMSNorm | undefined;
  readonly k_norm: RMSNorm | undefined;
  readonly heads: number;
  readonly numKeyValueHeads: number;
  readonly headSize: number;
  readonly #rotary: RotaryOptions | undefined;

  constructor(width: number, options: SelfAttentionOptions) {
    super();
    checkSize("width", width);
    checkOptions("SelfAttention", options ?? {}, optionNames);
    const { heads, numKeyValueHeads = heads, rotary, bias = true, norms, projections } = options ?? ({} as SelfAttentionOptions);
    checkSize("heads", heads);
    checkSize("numKeyValueHeads", numKeyValueHeads);
    if (bias !== "qkv") checkBoolean("bias", bias);
    if (options.headSize === undefined && width % heads !== 0) throw indivisible("width", width, "heads", heads);
    const headSize = checkSize("headSize", options.headSize ?? width / heads);
    if (heads % numKeyValueHeads !== 0) throw indivisible("heads", heads, "numKeyValueHeads", numKeyValueHeads);
    if (rotary !== undefined) checkRotaryOptions(rotary);
    if (rotary !== undefined && headSize % 2 !== 0) throw indivisible("width / heads", headSize, "the pairs that rotary turns", 2);
    const random = projections ? undefined : randomOf("SelfAttention", options);
    const drawn = (inputs: number, outputs: number, hasBias: boolean): Linear =>
      new Linear(inputs, outputs, { bias: hasBias, random: random! });
    this.q_proj = projections?.q_proj ?? drawn(width, heads * headSize, bias !== false);
    this.k_proj = projections?.k_proj ?? drawn(width, numKeyValueHeads * headSize, bias !== false);
    this.v_proj = projections?.v_proj ?? drawn(width, numKeyValueHeads * headSize, bias !== false);
    this.o_proj = projections?.o_proj ?? drawn(heads * headSize, width, bias === true);
    this.q_norm = norms?.q_norm;
    this.k_norm = norms?.k_norm;
    this.heads = heads;
    this.numKeyValueHeads = numKeyValueHeads;
    this.headSize = headSize;
    this.#rotary = rotary;
  }

  /** (B, T, C) → (B, T, C). */
  forward(x: Tensor, inputs: SelfAttentionInputs = {}): Tensor {
    return this.attend(x, inputs).x;
  }

  /** As forward, with the keys and values that were looked at: those of x, or of the past with x's among them. */
  attend(x: Tensor, inputs: SelfAttentionInputs = {}): KeysAndValues & { readonly x: Tensor } {
    const { positions, past, ...options } = inputs;
    checkInstance("x", x, Tensor);
    checkInput("SelfAttention", x, this.q_proj.inputs, x);
    if (x.rank !== 3) throw notThreeAxes("SelfAttention", x);
    const [B, T] = x.shape as [number, number, number];
    const turn = (heads: Tensor): Tensor =>
      this.#rotary ? applyRotary(heads, { ...this.#rotary, ...(positions && { positions }) }) : heads;
    const normed = (heads: Tensor, norm: RMSNorm | undefined): Tensor => (norm ? norm.forward(heads) : heads);
    const q = turn(normed(splitHeads(this.q_proj.forward(x), this.heads), this.q_norm));
    const k = turn(normed(splitHeads(this.k_proj.forward(x), this.numKeyValueHeads), this.k_norm));
    const v = splitHeads(this.v_proj.forward(x), this.numKeyValueHeads);
    const keys = past ? where(past.isHere, k, past.keys) : k;
    const values = past ? where(past.isHere, v, past.values) : v;
    const mixed = scaledDotProductAttention(q, keys, values, options); // (B, H, T, D)
    return { x: this.o_proj.forward(mixed.transpose(1, 2).reshape([B, T, this.heads * this.headSize])), keys, values };
  }

  override details(): string {
    return `${this.heads} heads${this.numKeyValueHeads === this.heads ? "" : `, ${this.numKeyValueHeads} of keys`}`;
  }
}

const optionNames = ["heads", "numKeyValueHeads", "headSize", "rotary", "bias", "norms", "projections", "seed", "random"];

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
