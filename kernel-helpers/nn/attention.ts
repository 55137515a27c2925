/** Attention — Vaswani et al. 2017, "Attention is all you need" (arXiv:1706.03762). */
import { DTypeError, ShapeError } from "../errors.ts";
import { checkBoolean, checkInstance, checkInteger, checkOptions } from "../runtime/check.ts";
import { withMemory } from "../runtime/memory.ts";
import { concat, Tensor, tensor, where } from "../tensor/index.ts";

export interface AttentionOptions {
  /** Position t sees only the positions up to its own; the last query stands at the last key. @default false */
  causal?: boolean;
  /**
   * Broadcasts to (B, H, T, S). Of bool: true where a key may be seen. Of the scores' type: added to them, -Infinity where a key may not be seen.
   * A query that may see no key gets weights of 0, as from PyTorch's scaled_dot_product_attention.
   */
  mask?: Tensor;
  /**
   * Finite numbers that are added to the scores, of their type; broadcasts to (B, H, T, S). One of -1e9 hides a key as a mask does, at less cost, as
   * long as each query has another one to see.
   */
  bias?: Tensor;
}

/**
 * softmax(Q·Kᵀ/√D + mask), the weights with which each query looks at each key.
 *
 * @param q Queries, (B, H, T, D).
 * @param k Keys, (B, H, S, D).
 * @returns (B, H, T, S); each row adds up to 1, or to 0 where the mask hides all of it.
 * @throws {ShapeError} Sizes do not fit.
 * @throws {DTypeError} The mask is neither of bool nor of the scores' type.
 */
export function attentionWeights(q: Tensor, k: Tensor, options: AttentionOptions = {}): Tensor {
  checkQueriesAndKeys(q, k, options);
  return weightsOf(q, k, options);
}

/**
 * Scaled dot-product attention, softmax(Q·Kᵀ/√D + mask)·V — Vaswani et al. 2017, eq. 1. Keys and values may have fewer heads than queries, each then
 * serving several of them in a row (grouped-query attention, Ainslie et al. 2023, arXiv:2305.13245).
 *
 * @param q Queries, (B, H, T, D).
 * @param k Keys, (B, H or a divisor of it, S, D).
 * @param v Values, (B, as many heads as k, S, any width).
 * @returns (B, H, T, width of v).
 * @throws {ShapeError} Sizes do not fit.
 * @throws {DTypeError} The mask is neither of bool nor of the scores' type.
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  checkQueriesAndKeys(q, k, options);
  checkInstance("v", v, Tensor);
  if (v.rank !== k.rank || v.shape.at(-2) !== k.shape.at(-2)) {
    throw new ShapeError(`attention: keys ${formatted(k)} but values ${formatted(v)}`, { hint: "there is one value for each key" });
  }
  return attend(q, k, v, options);
}

function weightsOf(q: Tensor, k: Tensor, { causal = false, mask, bias }: AttentionOptions): Tensor {
  const [D, T, S] = [q.shape.at(-1)!, q.shape.at(-2)!, k.shape.at(-2)!];
  const products = byGroups(q.mul(1 / Math.sqrt(D)), k, (rows) => rows.matmul(k.T)); // (B, H, T, D) × (B, H, D, S) → (B, H, T, S)
  const scores = bias ? products.add(bias) : products;
  if (!mask) return (causal ? where(causalMask(T, S), scores, -Infinity) : scores).softmax(-1);
  checkMask(mask, scores);
  const isSeen = mask.dtype === "bool" ? mask : mask.equal(-Infinity).logicalNot(); // NaN is seen, and shows
  const seen = causal ? isSeen.logicalAnd(causalMask(T, S)) : isSeen;
  const hasKey = seen.to("float32").sum(-1, { keepDims: true }).greater(0);
  // A row without keys keeps its scores until after the softmax, which would make NaN of nothing but -Infinity.
  const added = mask.dtype === "bool" ? scores : scores.add(where(isSeen, mask, 0));
  return where(hasKey, where(seen.logicalOr(hasKey.logicalNot()), added, -Infinity).softmax(-1), 0);
}

/** From this many queries on, the work that is left out takes longer than cutting and joining. */
const worthHalving = 256;

function attend(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const [T, S] = [q.shape.at(-2)!, k.shape.at(-2)!];
  if (!options.causal || options.mask || options.bias || T !== S || T < worthHalving) return mix(weightsOf(q, k, options), v);
  // The first half of the queries sees nothing of the second half of the keys: a quarter of the work.
  const sizes = [Math.ceil(T / 2), Math.floor(T / 2)];
  const [early, late] = q.split(sizes, -2);
  const [keys, values] = [k, v].map((x) => x.split(sizes, -2)[0]!);
  return concat([attend(early!, keys!, values!, options), mix(weightsOf(late!, k, options), v)], -2);
}

/** The weights (B, H, T, S) times the values (B, H or a divisor of it, S, D). */
const mix = (weights: Tensor, v: Tensor): Tensor => byGroups(weights, v, (rows) => rows.matmul(v));

/** The product of x (B, H, T, …) with keys or values of G heads: the rows of the H / G heads that share one lie one below the other. */
function byGroups(x: Tensor, { shape, rank }: Tensor, product: (rows: Tensor) => Tensor): Tensor {
  if (rank < 4 || x.shape[1] === shape[1]) return product(x);
  const [B, H, T, width] = x.shape as [number, number, number, number];
  const G = shape[1]!;
  return product(x.reshape([B, G, (H / G) * T, width])).reshape([B, H, T, -1]);
}

/**
 * What causal queries see: (T, S) of bool, true on and below the diagonal that ends in the lower right corner.
 *
 * @throws {ArgumentError} A size is not an integer ≥ 0.
 * @example
 * causalMask(2, 3).toArray() // [ [ 1, 1, 0 ], [ 1, 1, 1 ] ]
 */
export function causalMask(T: number, S: number = T): Tensor {
  checkInteger("T", T, { min: 0 });
  checkInteger("S", S, { min: 0 });
  const data = withMemory(`a mask of (${T}, ${S})`, () => new Uint8Array(T * S));
  for (let row = 0; row < T; row++) data.fill(1, row * S, row * S + Math.max(0, row + S - T + 1));
  return tensor(data, { shape: [T, S], dtype: "bool" });
}

/**
 * A mask for padded batches: (B, S) of 1 for a token and 0 for padding → (B, 1, 1, S) of bool.
 *
 * @throws {ShapeError} It is not of two axes.
 */
export function paddingMask(isToken: Tensor): Tensor {
  const { rank, shape, dtype } = checkInstance("isToken", isToken, Tensor);
  if (rank !== 2) throw new ShapeError(`paddingMask takes (batch, keys), got ${formatted(isToken)}`, { hint: "pass a row for each text" });
  const [B, S] = shape as [number, number];
  return (dtype === "bool" ? isToken : isToken.equal(0).logicalNot()).reshape([B, 1, 1, S]);
}

const formatted = ({ shape }: Tensor): string => `(${shape.join(", ")})`;

function checkQueriesAndKeys(q: Tensor, k: Tensor, options: AttentionOptions): void {
  checkOptions("attention", options, ["causal", "mask", "bias"]);
  const { causal = false, mask, bias } = options;
  checkBoolean("causal", causal);
  if (mask !== undefined) checkInstance("mask", mask, Tensor);
  if (bias !== undefined) checkInstance("bias", bias, Tensor);
  checkInstance("q", q, Tensor);
  checkInstance("k", k, Tensor);
  const facts = { q: q.shape, k: k.shape };
  if (q.rank < 2 || q.rank !== k.rank || q.shape.at(-1) !== k.shape.at(-1)) {
    throw new ShapeError(`attention: queries ${formatted(q)} do not go with keys ${formatted(k)}`, {
      hint: "queries are (batch, heads, T, width), keys (batch, heads, S, width)",
      facts,
    });
  }
  if (q.rank === 4 && q.shape[1]! % k.shape[1]! !== 0) {
    throw new ShapeError(`attention: ${q.shape[1]} heads of queries but ${k.shape[1]} of keys`, {
      hint: "the first must be a multiple of the second",
      facts,
    });
  }
  const [T, S] = [q.shape.at(-2)!, k.shape.at(-2)!];
  if (causal && S < T) {
    throw new ShapeError(`attention: ${T} causal queries but ${S} keys`, { hint: "pass at least as many keys as queries", facts });
  }
}

function checkMask(mask: Tensor, scores: Tensor): void {
  if (mask.dtype !== "bool" && mask.dtype !== scores.dtype) {
    throw new DTypeError(`attention: the mask must be bool or ${scores.dtype}, got ${mask.dtype}`, {
      hint: "make it by comparing, such as isToken.greater(0): true where a key may be seen",
      facts: { argument: "mask", value: mask.dtype },
    });
  }
  const aligned = scores.shape.slice(scores.rank - mask.rank);
  if (mask.rank <= scores.rank && mask.shape.every((size, axis) => size === 1 || size === aligned[axis])) return;
  throw new ShapeError(`attention: a mask of ${formatted(mask)} does not broadcast to the scores, ${formatted(scores)}`, {
    hint: "its last two axes are queries and keys, each of that size or 1",
    facts: { mask: mask.shape, scores: scores.shape },
  });
}
