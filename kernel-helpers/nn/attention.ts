/** Attention — Vaswani et al. 2017, "Attention is all you need" (arXiv:1706.03762). */
import { ShapeError } from "../errors.ts";
import { concat, tensor, where, type Tensor } from "../tensor/index.ts";

export interface AttentionOptions {
  /** Position t sees only the positions up to its own; the last query stands at the last key. @default false */
  causal?: boolean;
  /**
   * Which keys may be seen, broadcast to (B, H, T, S): bools, true where a key may be; or floats that are added to the scores, -Infinity where it may
   * not. A query that sees no key gets 0, as in PyTorch.
   */
  mask?: Tensor;
}

/**
 * softmax(Q·Kᵀ/√D + mask), the weights with which each query looks at each key.
 *
 * @param q Queries, (B, H, T, D).
 * @param k Keys, (B, H, S, D).
 * @returns (B, H, T, S); each row adds up to 1, or is 0 where the mask leaves no key.
 */
export function attentionWeights(q: Tensor, k: Tensor, { causal = false, mask }: AttentionOptions = {}): Tensor {
  const [D, T, S] = [q.shape.at(-1)!, q.shape.at(-2)!, k.shape.at(-2)!];
  if (causal && S < T)
    throw new ShapeError(`attention: ${T} causal queries but ${S} keys`, { hint: "give at least as many keys as queries" });
  let scores = q.mul(1 / Math.sqrt(D)).matmul(k.T); // (B, H, T, D) × (B, H, D, S) → (B, H, T, S)
  if (causal) scores = scores.add(causalMask(T, S).to(scores.dtype));
  if (!mask) return scores.softmax(-1);
  scores = mask.dtype === "bool" ? where(mask, scores, -Infinity) : scores.add(mask);
  const isBlind = scores.max(-1, { keepDims: true }).equal(-Infinity);
  return where(isBlind, 0, where(isBlind, 0, scores).softmax(-1)); // twice, so that the gradient is 0 and not NaN
}

/**
 * Scaled dot-product attention, softmax(Q·Kᵀ/√D + mask)·V — Vaswani et al. 2017, eq. 1. Keys and values may have fewer heads than queries, each then
 * serving several of them in a row (grouped-query attention, Ainslie et al. 2023, arXiv:2305.13245).
 *
 * @param q Queries, (B, H, T, D).
 * @param k Keys, (B, H or a divisor of it, S, D).
 * @param v Values, as k.
 * @returns (B, H, T, D).
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const heads = q.shape.at(-3)!;
  return attend(q, repeatHeads(k, heads), repeatHeads(v, heads), options);
}

/** From so many queries on, the work that is left out takes longer than cutting and joining. */
const worthHalving = 256;

function attend(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const [T, S] = [q.shape.at(-2)!, k.shape.at(-2)!];
  if (!options.causal || options.mask || T !== S || T < worthHalving) return attentionWeights(q, k, options).matmul(v);
  // The first half of the queries sees nothing of the second half of the keys: a quarter of the work.
  const sizes = [Math.ceil(T / 2), Math.floor(T / 2)];
  const [early, late] = q.split(sizes, -2);
  const [keys, values] = [k, v].map((x) => x.split(sizes, -2)[0]!);
  return concat([attend(early!, keys!, values!, options), attentionWeights(late!, k, options).matmul(v)], -2);
}

/** (B, G, S, D) → (B, H, S, D): each head H / G times in a row. */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [B, G, S, D] = x.shape as [number, number, number, number];
  if (G === heads) return x;
  if (heads % G !== 0) {
    throw new ShapeError(`attention: ${heads} heads of queries, ${G} of keys`, { hint: "the first must be a multiple of the second" });
  }
  return x
    .unsqueeze(2)
    .broadcastTo([B, G, heads / G, S, D])
    .reshape([B, heads, S, D]);
}

/** (T, S), 0 on and below the diagonal that ends in the lower right corner, -Infinity above it. */
export function causalMask(T: number, S: number = T): Tensor {
  const data = new Float32Array(T * S);
  for (let row = 0; row < T; row++) data.fill(-Infinity, row * S + row + S - T + 1, (row + 1) * S);
  return tensor(data, { shape: [T, S] });
}

/** A mask for padded batches: (B, S) of 1 for a token and 0 for padding → (B, 1, 1, S) of bools. */
export function paddingMask(isToken: Tensor): Tensor {
  const [B, S] = isToken.shape as [number, number];
  return isToken.to("bool").reshape([B, 1, 1, S]);
}
