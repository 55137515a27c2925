import { argumentError, checkArray, checkChoice, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";

/** By what a group's rewards are divided: their standard deviation in the group, in the whole batch, or nothing (Dr. GRPO). */
export type ScaleRewards = "group" | "batch" | "none";
export const rewardScales: readonly ScaleRewards[] = ["group", "batch", "none"];

export interface GroupOptions {
  /** Answers to each prompt, one group behind the other: 2 or more. */
  numGenerations: number;
  /** @default "group" */
  scaleRewards?: ScaleRewards;
}

export interface GroupAdvantages {
  /** One for each answer. */
  advantages: number[];
  /** Share of the groups whose rewards are all the same: nothing is learnt from them. */
  fracRewardZeroStd: number;
  /** Mean over the groups of their standard deviations. */
  rewardStd: number;
}

/**
 * How much better each answer was than the others to its prompt: (r − mean) / (std + 1e-4) of the group (Shao et al. 2024, arXiv:2402.03300). Divided by the
 * standard deviation, prompts on which nearly all answers are right or wrong count more; "none" leaves that out (Liu et al. 2025, arXiv:2503.20783).
 */
export function groupAdvantages(rewards: readonly number[], options: GroupOptions): GroupAdvantages {
  checkArray("rewards", rewards, checkNumber, { allowEmpty: false });
  checkOptions("options", options, ["numGenerations", "scaleRewards"]);
  const { numGenerations, scaleRewards = "group" } = options;
  checkInteger("numGenerations", numGenerations, { min: 2 });
  checkChoice("scaleRewards", scaleRewards, rewardScales);
  if (rewards.length % numGenerations !== 0) throw argumentError("rewards", `a multiple of ${numGenerations} numbers`, rewards);
  const ofBatch = standardDeviation(rewards);
  const advantages: number[] = [];
  const deviations: number[] = [];
  for (let start = 0; start < rewards.length; start += numGenerations) {
    const group = rewards.slice(start, start + numGenerations);
    const deviation = standardDeviation(group);
    deviations.push(deviation);
    const scale = { group: deviation + 1e-4, batch: ofBatch + 1e-4, none: 1 }[scaleRewards];
    const mean = meanOf(group);
    advantages.push(...group.map((reward) => (reward - mean) / scale));
  }
  const flat = deviations.filter((deviation) => deviation < 1e-6).length;
  return { advantages, fracRewardZeroStd: flat / deviations.length, rewardStd: meanOf(deviations) };
}

const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** With Bessel's correction, as torch.std. */
function standardDeviation(numbers: readonly number[]): number {
  const mean = meanOf(numbers);
  return Math.sqrt(numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / Math.max(1, numbers.length - 1));
}
