/** Which rows go to which expert: tokens sorted by expert, so that each expert's lie next to each other. */
import { arange, where, type Tensor } from "../../tensor/index.ts";

export interface Dispatch {
  /** The token of each row, (N·k), int64: rows in the order of their experts, those that are dropped at the end. */
  tokens: Tensor;
  /** How many rows each expert computes, (E), int64. */
  groupSizes: Tensor;
  /** Where the row of each choice lies, (k, N), int64. */
  places: Tensor;
}

/**
 * @param indices The experts of each token, the likeliest first, (N, k).
 * @param load How often each expert was chosen, (E).
 * @param capacity How many rows an expert computes at most: it drops those that come last, second choices after all first ones, as GShard does (Lepikhin
 *   et al. 2020, arXiv:2006.16668, algorithm 1). @default as many as there are
 */
export function dispatch(indices: Tensor, load: Tensor, capacity?: number): Dispatch {
  const [N, k] = indices.shape as [number, number];
  const experts = indices.T.reshape([k * N]); // choice by choice
  const order = experts.argsort(0);
  const sorted = capacity === undefined ? order : order.take(fullLast(experts.take(order), load, capacity));
  return {
    tokens: sorted.sub(sorted.div(N).mul(N)),
    groupSizes: capacity === undefined ? load : load.minimum(capacity),
    places: sorted.argsort(0).reshape([k, N]),
  };
}

/** Puts those that are beyond their expert's capacity at the end. @param experts Sorted, (N·k). */
function fullLast(experts: Tensor, load: Tensor, capacity: number): Tensor {
  const before = load.cumsum(0).sub(load); // rows of the experts before
  const rank = arange(experts.size).sub(before.take(experts));
  return where(rank.less(capacity), experts, load.size).argsort(0);
}
