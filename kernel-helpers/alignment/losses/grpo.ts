import { ArgumentError } from "../../errors.ts";
import { checkBoolean, checkChoice, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { tensor, where, type Tensor } from "../../tensor/index.ts";
import type { MeasuredLoss } from "../../train/index.ts";
import { klEstimate } from "../estimators/kl.ts";
import { aggregate, lossTypes, maskedMean, type LossType } from "./tokens.ts";

export interface GrpoInputs {
  /** ln of the tokens' probabilities now, (B, T). */
  logProbs: Tensor;
  /** … and when they were sampled, (B, T). */
  oldLogProbs: Tensor;
  /** … and of the reference, (B, T): needed where beta is not 0. */
  referenceLogProbs?: Tensor | undefined;
  /** How much better each answer was than the others to its prompt, (B). */
  advantages: Tensor;
  /** 1 where a token was sampled, (B, T). */
  mask: Tensor;
}

export interface GrpoLossOptions {
  /** Weight of the KL divergence from the reference, estimated by k3. @default 0 */
  beta?: number;
  /**
   * Weighs the estimate of the KL divergence by the ratio of probabilities, which makes it and its gradient unbiased where tokens were sampled by an earlier policy
   * (DeepSeek-AI 2025, "DeepSeek-V3.2", §3.1). trl does so by default; the paper of GRPO does not. @default false
   */
  useBiasCorrectionKl?: boolean;
  /** How far the ratio of probabilities counts downwards. @default 0.2 */
  epsilon?: number;
  /** … and upwards (Yu et al. 2025, "DAPO", arXiv:2503.14476). @default epsilon */
  epsilonHigh?: number;
  /** How the tokens' losses become one number: see `aggregate`. "dr_grpo" is Dr. GRPO's. @default "grpo" */
  lossType?: LossType;
  /** What "dr_grpo" divides by. @default as many as T */
  maxCompletionLength?: number;
}

export const grpoLossOptionNames = ["beta", "useBiasCorrectionKl", "epsilon", "epsilonHigh", "lossType", "maxCompletionLength"] as const;

/**
 * Group relative policy optimisation (Shao et al. 2024, arXiv:2402.03300): PPO's clipped objective, with the other answers to a prompt in the place of a value
 * head. With "dr_grpo" it is Dr. GRPO (Liu et al. 2025, arXiv:2503.20783), which favours no length. Metrics as in trl: `kl` (corrected
 * where the penalty is), `clip_ratio/low_mean`, `clip_ratio/high_mean`, `clip_ratio/region_mean`; and `ratio`, the mean of π / π_old.
 */
export function grpoLoss(inputs: GrpoInputs, options: GrpoLossOptions = {}): MeasuredLoss {
  checkOptions("grpoLoss", inputs, ["logProbs", "oldLogProbs", "referenceLogProbs", "advantages", "mask"]);
  const { logProbs, oldLogProbs, referenceLogProbs, advantages, mask } = inputs;
  const {
    beta,
    useBiasCorrectionKl,
    epsilon,
    epsilonHigh,
    lossType,
    maxCompletionLength = logProbs.shape[1]!,
  } = checkGrpoLossOptions(options);
  const ratio = logProbs.sub(oldLogProbs).mul(mask).exp();
  const gain = advantages.unsqueeze(1);
  const kept = ratio.mul(gain).minimum(ratio.clip(1 - epsilon, 1 + epsilonHigh).mul(gain));
  if (beta > 0 && !referenceLogProbs) {
    throw new ArgumentError("a KL penalty needs the reference's log-probabilities", { hint: "pass referenceLogProbs, or beta: 0" });
  }
  const estimate = referenceLogProbs ? klEstimate(logProbs, referenceLogProbs, "k3").mul(mask) : undefined;
  const kl = useBiasCorrectionKl ? estimate?.mul(ratio) : estimate;
  const perToken = beta > 0 ? kl!.mul(beta).sub(kept) : kept.neg();
  const low = ratio
    .less(1 - epsilon)
    .logicalAnd(gain.less(0))
    .to("float32");
  const high = ratio
    .greater(1 + epsilonHigh)
    .logicalAnd(gain.greater(0))
    .to("float32");
  return {
    loss: aggregate(where(mask.greater(0), perToken, 0), mask, lossType, maxCompletionLength),
    metrics: {
      kl: kl ? maskedMean(kl, mask) : tensor(0),
      ratio: maskedMean(ratio, mask),
      "clip_ratio/low_mean": maskedMean(low, mask),
      "clip_ratio/high_mean": maskedMean(high, mask),
      "clip_ratio/region_mean": maskedMean(low.add(high), mask),
    },
  };
}

export function checkGrpoLossOptions(
  options: GrpoLossOptions,
): Required<Omit<GrpoLossOptions, "maxCompletionLength">> & Pick<GrpoLossOptions, "maxCompletionLength"> {
  checkOptions("options", options, grpoLossOptionNames);
  const { beta = 0, useBiasCorrectionKl = false, epsilon = 0.2, epsilonHigh = epsilon, lossType = "grpo", maxCompletionLength } = options;
  checkNumber("beta", beta, { min: 0 });
  checkBoolean("useBiasCorrectionKl", useBiasCorrectionKl);
  checkNumber("epsilon", epsilon, { above: 0 });
  checkNumber("epsilonHigh", epsilonHigh, { above: 0 });
  checkChoice("lossType", lossType, lossTypes);
  if (maxCompletionLength !== undefined) checkInteger("maxCompletionLength", maxCompletionLength, { min: 1 });
  return { beta, useBiasCorrectionKl, epsilon, epsilonHigh, lossType, ...(maxCompletionLength !== undefined && { maxCompletionLength }) };
}
