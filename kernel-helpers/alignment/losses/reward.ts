import { checkNumber, checkOptions } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { MeasuredLoss } from "../../train/index.ts";

export interface RewardInputs {
  /** Scores of the answers that were preferred, (B). */
  chosen: Tensor;
  /** Scores of the others, (B). */
  rejected: Tensor;
  /** By how much the first should be ahead, (B) (Touvron et al. 2023, "Llama 2"). @default 0 */
  margin?: Tensor | undefined;
}

export interface RewardOptions {
  /** Weight of (chosen + rejected)², which keeps the scores around 0 (Eisenstein et al. 2023, arXiv:2312.09244). @default none */
  centerRewardsCoefficient?: number;
}

/**
 * A reward model's loss: −ln σ(chosen − rejected − margin), the Bradley–Terry model of preferences (1952) as Christiano et al. 2017 (arXiv:1706.03741)
 * and Ouyang et al. 2022 (arXiv:2203.02155) fit it. Metrics as in trl: `accuracy`, `margin`, `mean_reward`.
 */
export function rewardLoss(inputs: RewardInputs, options: RewardOptions = {}): MeasuredLoss {
  checkOptions("rewardLoss", inputs, ["chosen", "rejected", "margin"]);
  checkOptions("options", options, ["centerRewardsCoefficient"]);
  const { chosen, rejected, margin } = inputs;
  const { centerRewardsCoefficient = 0 } = options;
  checkNumber("centerRewardsCoefficient", centerRewardsCoefficient, { min: 0 });
  const ahead = chosen.sub(rejected);
  const misfit = (margin ? ahead.sub(margin) : ahead).neg().softplus().mean(); // −ln σ(x) = softplus(−x)
  const loss = centerRewardsCoefficient === 0 ? misfit : misfit.add(chosen.add(rejected).square().mean().mul(centerRewardsCoefficient));
  return {
    loss,
    metrics: {
      accuracy: ahead.greater(0).to("float32").mean(),
      margin: ahead.mean(),
      mean_reward: chosen.add(rejected).mean().mul(0.5),
    },
  };
}
