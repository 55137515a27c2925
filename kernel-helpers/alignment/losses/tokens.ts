/** What all losses are made of: log-probabilities of tokens, and means over those that count. */
import { checkChoice, checkInstance } from "../../runtime/check.ts";
import { ShapeError } from "../../errors.ts";
import { Tensor } from "../../tensor/index.ts";

/**
 * ln of the probability that a model gave to each token, given those before it.
 *
 * @param logits (B, T, V), as a model returns them.
 * @param ids (B, T) int64, what the model read.
 * @returns (B, T − 1): the first token follows nothing.
 */
export function tokenLogProbs(logits: Tensor, ids: Tensor): Tensor {
  const [before, targets] = shifted(logits, ids);
  return before.gather(2, targets.unsqueeze(2)).squeeze(2).sub(before.logSumExp(2));
}

/** Entropy in nats of what the model expected at each place: logits (B, T, V) → (B, T − 1), as far as a token follows. */
export function tokenEntropy(logits: Tensor, ids: Tensor): Tensor {
  const [before] = shifted(logits, ids);
  return before.logSumExp(2).sub(before.softmax().mul(before).sum(2));
}

function shifted(logits: Tensor, ids: Tensor): [logits: Tensor, targets: Tensor] {
  checkInstance("logits", logits, Tensor);
  checkInstance("ids", ids, Tensor);
  const [B, T] = ids.shape;
  if (logits.rank !== 3 || ids.rank !== 2 || logits.shape[0] !== B || logits.shape[1] !== T || T! < 2) {
    throw new ShapeError(`logits (${logits.shape.join(", ")}) do not go with ids (${ids.shape.join(", ")})`, {
      hint: "pass the logits (B, T, V) of the ids (B, T), with T of 2 or more",
      facts: { logits: logits.shape, ids: ids.shape },
    });
  }
  return [logits.slice(null, [0, T! - 1]), ids.slice(null, [1, T!])];
}

/** Mean over the places where the mask (of floats) is 1; 0 where there are none. */
export function maskedMean(values: Tensor, mask: Tensor): Tensor {
  return values.mul(mask).sum().div(mask.sum().maximum(1));
}

/** Σ over the tokens of each row that count: (B, T) → (B). */
export const maskedSum = (values: Tensor, mask: Tensor): Tensor => values.mul(mask).sum(1);

/** How a loss of tokens becomes one number. */
export type LossType = "grpo" | "bnpo" | "dr_grpo" | "dapo";
export const lossTypes: readonly LossType[] = ["grpo", "bnpo", "dr_grpo", "dapo"];

/**
 * Losses of tokens (B, T) as one number: "grpo", the mean of the rows' means (Shao et al. 2024), in which each token of a long answer counts less;
 * "bnpo" and "dapo", the mean over all tokens (of one batch the two are the same); "dr_grpo", the sum over B · maxCompletionLength, which depends on
 * no length (Liu et al. 2025).
 */
export function aggregate(values: Tensor, mask: Tensor, type: LossType, maxCompletionLength: number): Tensor {
  checkChoice("lossType", type, lossTypes);
  if (type === "grpo") return maskedSum(values, mask).div(mask.sum(1).maximum(1)).mean();
  if (type === "dr_grpo") return maskedSum(values, mask).mean().div(maxCompletionLength);
  return maskedMean(values, mask);
}

/** Variance over the places where the mask is 1, and the mean. */
function maskedMoments(values: Tensor, mask: Tensor): { mean: Tensor; variance: Tensor } {
  const mean = maskedMean(values, mask);
  const count = mask.sum();
  const biased = maskedMean(values.sub(mean).square(), mask);
  return { mean, variance: biased.mul(count.div(count.sub(1).maximum(1))) };
}

/** With a variance of 1 over the places where the mask is 1, and a mean of 0 unless the mean is kept; as trl's masked_whiten. */
export function whiten(values: Tensor, mask: Tensor, { shiftMean = true }: { shiftMean?: boolean } = {}): Tensor {
  const { mean, variance } = maskedMoments(values, mask);
  const whitened = values.sub(mean).div(variance.add(1e-8).sqrt());
  return shiftMean ? whitened : whitened.add(mean);
}
