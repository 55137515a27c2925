import type { Tensor } from "../../tensor/index.ts";

/** What a router decided for N tokens among E experts, k for each. */
export interface Routing {
  /** What the scores are made from, (N, E). */
  logits: Tensor;
  /** How likely each expert is for each token, (N, E), rows of which add up to 1: what the balancing loss pushes on. */
  probabilities: Tensor;
  /** The chosen experts, the likeliest first, (N, k), int64. */
  indices: Tensor;
  /** What their outputs are multiplied by, (N, k). */
  weights: Tensor;
  /** How often each expert was chosen, (E), int64; N·k together. */
  load: Tensor;
}

/**
 * How evenly experts are used: the entropy of their shares of the load, divided by log E. 1 means that all have as much to do, 0 that one has
 * everything: the router has collapsed.
 *
 * @param load How often each expert was chosen, (E).
 * @returns A scalar.
 */
export function loadEntropy(load: Tensor): Tensor {
  const counts = load.to("float32");
  const shares = counts.div(counts.sum().maximum(1));
  const entropy = shares.mul(shares.maximum(1e-20).log()).sum().neg(); // 0 · log 0 is 0
  return load.size === 1 ? entropy : entropy.div(Math.log(load.size));
}
