import { ArgumentError } from "../../errors.ts";
import { checkChoice, checkNumber, checkOptions } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { MeasuredLoss } from "../../train/index.ts";

export interface DpoInputs {
  /** ln of the probability that the policy gives to the whole answer that was preferred, (B). */
  chosen: Tensor;
  /** … and to the other one, (B). */
  rejected: Tensor;
  /** ln of the probabilities that the reference gives to them, (B). */
  referenceChosen: Tensor;
  referenceRejected: Tensor;
  /** Tokens of the answers, (B): "ipo" takes means over them. */
  chosenLength?: Tensor | undefined;
  rejectedLength?: Tensor | undefined;
}

export type DpoLossType = "sigmoid" | "hinge" | "ipo" | "robust";
const dpoLossTypes: readonly DpoLossType[] = ["sigmoid", "hinge", "ipo", "robust"];

export interface DpoOptions {
  /** How dear it is to leave the reference: > 0. @default 0.1 */
  beta?: number;
  /**
   * "sigmoid": Rafailov et al. 2023 (arXiv:2305.18290); "hinge": SLiC, Zhao et al. 2023 (arXiv:2305.10425); "ipo": Azar et al. 2023 (arXiv:2310.12036),
   * with means over tokens as in trl; "robust": an unbiased estimate when labels are flipped, Chowdhury et al. 2024 (arXiv:2403.00409). @default "sigmoid"
   */
  lossType?: DpoLossType;
  /** Share of preferences that are wrong, [0, 0.5): for "sigmoid" the conservative loss (Mitchell 2023), for "robust" the unbiased one. @default 0 */
  labelSmoothing?: number;
}

/**
 * Direct preference optimisation: a policy learns from preferences as the reward model that it implies, β ln(π / π_ref). It begins with ln 2 = 0.6931, for
 * policy and reference are the same. Metrics as in trl: `rewards/chosen`, `rewards/rejected`, `rewards/accuracies`, `rewards/margins`, `logps/chosen`,
 * `logps/rejected`.
 *
 * @throws {ArgumentError} An option is out of range, label smoothing goes with another loss, or "ipo" has no lengths.
 */
export function dpoLoss(inputs: DpoInputs, options: DpoOptions = {}): MeasuredLoss {
  checkOptions("dpoLoss", inputs, ["chosen", "rejected", "referenceChosen", "referenceRejected", "chosenLength", "rejectedLength"]);
  const { beta, lossType, labelSmoothing } = checkDpoOptions(options);
  const { chosen, rejected, referenceChosen, referenceRejected, chosenLength, rejectedLength } = inputs;
  const gains = [chosen.sub(referenceChosen), rejected.sub(referenceRejected)] as const;
  const ahead = gains[0].sub(gains[1]); // ln of how much more the policy prefers the chosen one than the reference does
  const right = ahead.mul(-beta).softplus(); // −ln σ(β · ahead)
  const wrong = ahead.mul(beta).softplus();
  const lossOf: Record<DpoLossType, () => Tensor> = {
    sigmoid: () => right.mul(1 - labelSmoothing).add(wrong.mul(labelSmoothing)),
    hinge: () => ahead.mul(-beta).add(1).relu(),
    ipo: () => {
      if (!chosenLength || !rejectedLength) {
        throw new ArgumentError('the loss "ipo" takes means over tokens', { hint: "pass chosenLength and rejectedLength, (B) of floats" });
      }
      const perToken = gains[0].div(chosenLength.maximum(1)).sub(gains[1].div(rejectedLength.maximum(1)));
      return perToken.sub(1 / (2 * beta)).square();
    },
    robust: () =>
      right
        .mul(1 - labelSmoothing)
        .sub(wrong.mul(labelSmoothing))
        .mul(1 / (1 - 2 * labelSmoothing)),
  };
  const rewards = gains.map((gain) => gain.detach().mul(beta)) as [Tensor, Tensor];
  return {
    loss: lossOf[lossType]().mean(),
    metrics: {
      "rewards/chosen": rewards[0].mean(),
      "rewards/rejected": rewards[1].mean(),
      "rewards/accuracies": rewards[0].greater(rewards[1]).to("float32").mean(),
      "rewards/margins": rewards[0].sub(rewards[1]).mean(),
      "logps/chosen": chosen.mean(),
      "logps/rejected": rejected.mean(),
    },
  };
}

export function checkDpoOptions(options: DpoOptions): Required<DpoOptions> {
  checkOptions("options", options, ["beta", "lossType", "labelSmoothing"]);
  const { beta = 0.1, lossType = "sigmoid", labelSmoothing = 0 } = options;
  checkNumber("beta", beta, { above: 0 });
  checkChoice("lossType", lossType, dpoLossTypes);
  checkNumber("labelSmoothing", labelSmoothing, { min: 0, below: 0.5 });
  if (labelSmoothing > 0 && lossType !== "sigmoid" && lossType !== "robust") {
    throw new ArgumentError(`labelSmoothing does not go with the loss "${lossType}"`, { hint: 'use "sigmoid" or "robust"' });
  }
  return { beta, lossType, labelSmoothing };
}
