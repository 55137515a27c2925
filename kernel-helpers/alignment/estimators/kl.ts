import { checkArray, checkChoice, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";

export type KlEstimator = "k1" | "k2" | "k3";
export const klEstimators: readonly KlEstimator[] = ["k1", "k2", "k3"];

/**
 * KL(π ‖ π_ref) in nats, estimated from samples of π (Schulman 2020, "Approximating KL divergence"): with r = π_ref / π,
 * k1 = −ln r, which is right on average and often below 0; k2 = ½ (ln r)², never below 0 and a little wrong; k3 = r − 1 − ln r, both.
 *
 * @param logProbs ln π of the samples.
 * @param referenceLogProbs ln π_ref of the same samples.
 * @returns One for each sample; their mean is the estimate.
 */
export function klEstimate(logProbs: Tensor, referenceLogProbs: Tensor, estimator: KlEstimator = "k1"): Tensor {
  checkChoice("estimator", estimator, klEstimators);
  const log = referenceLogProbs.sub(logProbs);
  if (estimator === "k1") return log.neg();
  if (estimator === "k2") return log.square().mul(0.5);
  return log.exp().sub(1).sub(log);
}

/** Σ p ln(p / q) of distributions (…, V) given by logits: the truth that estimates are measured against. (…) */
export function exactKl(logits: Tensor, referenceLogits: Tensor): Tensor {
  const [p, q] = [logits.logSoftmax(), referenceLogits.logSoftmax()];
  return p.exp().mul(p.sub(q)).sum(-1);
}

/** How dear it is to leave the reference, and how that changes with the KL divergence that is measured. */
export interface KlController {
  /** The coefficient now. */
  readonly value: number;
  /** @param kl Mean over the answers, in nats. @param count How many answers it was measured on. */
  update(kl: number, count: number): void;
  /** Goes on from a coefficient that a run had. */
  restore(value: number): void;
}

/** A coefficient that stays what it is. */
export function fixedKlController(klCoef: number): KlController {
  checkNumber("klCoef", klCoef, { min: 0 });
  return { value: klCoef, update: () => {}, restore: () => {} };
}

export interface AdaptiveKlOptions {
  /** The KL divergence aimed at, in nats for an answer. */
  target: number;
  /** In how many answers a mistake of 20 % or more would change the coefficient by a factor of about e^0.2. @default 10000 */
  horizon?: number;
}

/**
 * A coefficient that rises while the divergence is above the target and falls while it is below: Ziegler et al. 2019 (arXiv:1909.08593), §2.2.
 */
export function adaptiveKlController(initial: number, options: AdaptiveKlOptions): KlController {
  checkNumber("initial", initial, { above: 0 });
  checkOptions("options", options, ["target", "horizon"]);
  const { target, horizon = 10_000 } = options;
  checkNumber("target", target, { above: 0 });
  checkNumber("horizon", horizon, { above: 0 });
  let value = initial;
  return {
    get value() {
      return value;
    },
    update(kl, count) {
      checkInteger("count", count, { min: 1 });
      const error = Math.min(0.2, Math.max(-0.2, checkNumber("kl", kl) / target - 1));
      value *= 1 + (error * count) / horizon;
    },
    restore(saved) {
      value = checkNumber("value", saved, { above: 0 });
    },
  };
}

/** Mean and standard error, of estimates on samples for example. */
export function meanAndError(values: readonly number[]): { mean: number; standardError: number } {
  checkArray("values", values, checkNumber, { allowEmpty: false });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}
