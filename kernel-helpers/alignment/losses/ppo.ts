import { checkNumber, checkOptions } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { MeasuredLoss } from "../../train/index.ts";
import { maskedMean } from "./tokens.ts";

export interface PpoInputs {
  /** ln of the tokens' probabilities now, (B, T). */
  logProbs: Tensor;
  /** … and when they were sampled, (B, T). */
  oldLogProbs: Tensor;
  /** How much better than expected each token was, (B, T). */
  advantages: Tensor;
  /** Of the value head now, and when the tokens were sampled, (B, T). */
  values: Tensor;
  oldValues: Tensor;
  /** What the values should have been, (B, T). */
  returns: Tensor;
  /** 1 where a token was sampled, (B, T). */
  mask: Tensor;
}

export interface PpoLossOptions {
  /** How far the ratio of probabilities counts. @default 0.2 */
  cliprange?: number;
  /** How far a value counts that moves away from the old one. @default 0.2 */
  cliprangeValue?: number;
  /** Weight of the values' loss. @default 0.1 */
  vfCoef?: number;
}

export const ppoLossOptionNames = ["cliprange", "cliprangeValue", "vfCoef"] as const;

/**
 * Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347): −min(r A, clip(r, 1 ± ε) A) with r = π / π_old, and vfCoef times the clipped squared
 * error of the values, as in Ziegler et al. 2019 (arXiv:1909.08593). Metrics as in trl's PPOTrainer: `loss/policy_avg`, `loss/value_avg`,
 * `policy/approxkl_avg`, `policy/clipfrac_avg`, `val/clipfrac_avg`, `val/ratio`, `val/ratio_var`.
 */
export function ppoLoss(inputs: PpoInputs, options: PpoLossOptions = {}): MeasuredLoss {
  checkOptions("ppoLoss", inputs, ["logProbs", "oldLogProbs", "advantages", "values", "oldValues", "returns", "mask"]);
  const { cliprange, cliprangeValue, vfCoef } = checkPpoLossOptions(options);
  const { logProbs, oldLogProbs, advantages, values, oldValues, returns, mask } = inputs;
  const change = logProbs.sub(oldLogProbs).mul(mask);
  const ratio = change.exp();
  const [free, clipped] = [
    ratio.mul(advantages).neg(),
    ratio
      .clip(1 - cliprange, 1 + cliprange)
      .mul(advantages)
      .neg(),
  ];
  const policyLoss = maskedMean(free.maximum(clipped), mask);
  const near = values.clip(oldValues.sub(cliprangeValue), oldValues.add(cliprangeValue));
  const [error, nearError] = [values.sub(returns).square(), near.sub(returns).square()];
  const valueLoss = maskedMean(error.maximum(nearError), mask).mul(0.5);
  const meanRatio = maskedMean(ratio, mask);
  return {
    loss: policyLoss.add(valueLoss.mul(vfCoef)),
    metrics: {
      "loss/policy_avg": policyLoss,
      "loss/value_avg": valueLoss,
      "policy/approxkl_avg": maskedMean(change.square(), mask).mul(0.5),
      "policy/clipfrac_avg": maskedMean(clipped.greater(free).to("float32"), mask),
      "val/clipfrac_avg": maskedMean(nearError.greater(error).to("float32"), mask),
      "val/ratio": meanRatio,
      "val/ratio_var": maskedMean(ratio.sub(meanRatio).square(), mask),
    },
  };
}

export function checkPpoLossOptions(options: PpoLossOptions): Required<PpoLossOptions> {
  checkOptions("options", options, ppoLossOptionNames);
  const { cliprange = 0.2, cliprangeValue = 0.2, vfCoef = 0.1 } = options;
  checkNumber("cliprange", cliprange, { above: 0 });
  checkNumber("cliprangeValue", cliprangeValue, { above: 0 });
  checkNumber("vfCoef", vfCoef, { min: 0 });
  return { cliprange, cliprangeValue, vfCoef };
}
