/** Losses that a router is trained with beside what the model is for. */
import type { Tensor } from "../../tensor/index.ts";
import type { Routing } from "./routing.ts";

/**
 * E · Σ fᵢ · Pᵢ with the share fᵢ of choices that fell on expert i and the mean probability Pᵢ that the router gave it — Fedus et al. 2021, "Switch
 * Transformers", eq. 4 (arXiv:2101.03961). It is 1 when all experts are used alike, and E when one has everything. Gradients flow through P alone. transformers'
 * Mixtral counts the k choices of a token as k: its loss is k times this one.
 *
 * @returns A scalar; add it with a factor of about 0.01.
 */
export function loadBalancingLoss({ load, probabilities }: Pick<Routing, "load" | "probabilities">): Tensor {
  const counts = load.to(probabilities.dtype);
  const shares = counts.div(counts.sum().maximum(1));
  return shares.mul(probabilities.mean(0)).sum().mul(load.size);
}

/**
 * Mean of (log Σ exp logits)², which keeps a router's logits small, so that rounding does not decide — Zoph et al. 2022, "ST-MoE", eq. 5
 * (arXiv:2202.08906).
 *
 * @param routing With logits (N, E).
 * @returns A scalar; add it with a factor of about 0.001.
 */
export function routerZLoss({ logits }: Pick<Routing, "logits">): Tensor {
  return logits.logSumExp(-1).square().mean();
}
