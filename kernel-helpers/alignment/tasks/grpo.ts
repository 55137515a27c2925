import { argumentError, checkBoolean, checkChoice, checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { groupAdvantages, rewardScales, type ScaleRewards } from "../estimators/groups.ts";
import { checkGrpoLossOptions, grpoLoss, grpoLossOptionNames, type GrpoLossOptions } from "../losses/grpo.ts";
import { maskedMean, tokenEntropy, tokenLogProbs } from "../losses/tokens.ts";
import { ownOptions } from "../own-options.ts";
import { toRows, type Policy, type RewardFunction } from "../policy.ts";
import { promptsOf, Rollouts, seedFor, type RolloutRows } from "../rollouts/rollouts.ts";
import {
  checkReward,
  checkSamplingPlan,
  complete,
  lengthMetrics,
  mean,
  rewardsOf,
  samplingPlanNames,
  watched,
  type SamplingPlan,
} from "../rollouts/sample.ts";
import { RolloutStats } from "../rollouts/stats.ts";
import { tokenScores } from "../scoring.ts";
import { checkPolicy, type Task } from "./task.ts";

export interface GrpoOptions<P extends Policy> extends SamplingPlan<P>, Omit<GrpoLossOptions, "maxCompletionLength"> {
  /** Learns. */
  policy: P;
  /** Stays as it is; needed where beta is not 0. Not the policy itself. */
  reference?: Policy;
  /** How good completions are: a rule that can be checked, or a reward model's score. */
  reward: RewardFunction;
  /** Completions of a rollout. @default 64 */
  batchSize?: number;
  /** Completions to each prompt, a divisor of batchSize; 2 or more. @default 8 */
  numGenerations?: number;
  /** Batches that a rollout is cut into; a divisor of batchSize. @default 1 */
  numMiniBatches?: number;
  /** How often a rollout is learnt from (μ). @default 1 */
  numIterations?: number;
  /** By what a group's rewards are divided: "none" with the loss "dr_grpo" is Dr. GRPO. @default "group" */
  scaleRewards?: ScaleRewards;
  /** Whether nothing is learnt from completions that did not come to their end. @default false */
  maskTruncatedCompletions?: boolean;
}

const names = ["policy", "reference", "reward", "batchSize", "numGenerations", "numMiniBatches", "numIterations"] as const;
const otherNames = ["scaleRewards", "maskTruncatedCompletions"] as const;

/**
 * Group relative policy optimisation (Shao et al. 2024), and Dr. GRPO (Liu et al. 2025) with `{ lossType: "dr_grpo", scaleRewards: "none" }`: several completions
 * to each prompt, of which those that are better than the others become likelier. `train({ ...grpo({ … }), optimizer, steps })`; a checkpoint holds the rollout
 * under way.
 *
 * Options and metrics are named as in trl's GRPOTrainer: `reward`, `reward_std`, `frac_reward_zero_std`, `entropy`, `completions/…`, those of `grpoLoss`; and
 * `episode`, `watch/…`.
 */
export function grpo<P extends Policy>(options: GrpoOptions<P>): Task<P, RolloutRows, Rollouts> {
  const lossNames = grpoLossOptionNames.filter((name) => name !== "maxCompletionLength"); // the sampling plan's
  checkOptions("grpo", checkObject("options", options), [...names, ...otherNames, ...lossNames, ...samplingPlanNames]);
  const { policy, reference, reward, batchSize = 64, numGenerations = 8, numMiniBatches = 1, numIterations = 1 } = options;
  const { scaleRewards = "group", maskTruncatedCompletions = false } = options;
  checkPolicy("policy", policy);
  checkReward("reward", reward);
  checkInteger("batchSize", batchSize, { min: 2 });
  checkInteger("numGenerations", numGenerations, { min: 2 });
  checkInteger("numMiniBatches", numMiniBatches, { min: 1 });
  checkInteger("numIterations", numIterations, { min: 1 });
  checkChoice("scaleRewards", scaleRewards, rewardScales);
  checkBoolean("maskTruncatedCompletions", maskTruncatedCompletions);
  for (const [name, part] of Object.entries({ numGenerations, numMiniBatches })) {
    if (batchSize % part !== 0) throw argumentError(name, `a divisor of the batchSize, ${batchSize}`, part);
  }
  const plan = checkSamplingPlan(policy, options);
  const { seed, temperature, maxCompletionLength } = plan;
  const lossOptions = { ...checkGrpoLossOptions(ownOptions(options, lossNames)), maxCompletionLength };
  if (lossOptions.beta > 0 && (reference === undefined || (reference as unknown) === policy)) {
    throw argumentError("reference", "another model than the policy, which changes", reference, {
      hint: "pass copyGpt(policy), or beta: 0",
    });
  }
  if (reference !== undefined) checkPolicy("reference", reference);
  const rowLength = Math.max(...plan.prompts.map((prompt) => prompt.length)) + maxCompletionLength;
  const stats = new RolloutStats();

  const collect = async (round: number, signal?: AbortSignal): Promise<RolloutRows> => {
    const prompts = promptsOf(plan.prompts, round, batchSize / numGenerations, seed);
    const repeated = prompts.flatMap((prompt) => Array.from({ length: numGenerations }, () => prompt));
    const completions = await complete(policy, repeated, plan, seedFor(seed, round), signal);
    const rewards = await rewardsOf("reward", reward, completions, signal);
    const { advantages, fracRewardZeroStd, rewardStd } = groupAdvantages(rewards, { numGenerations, scaleRewards });
    const texts = completions.map(({ prompt, ids }) => ({ prompt, completion: ids }));
    const rows = toRows("completions", texts, rowLength, policy.config.vocabularySize);
    const size = batchSize / numMiniBatches;
    const own = await tokenScores(policy, rows, size, signal, temperature);
    const other = reference && (await tokenScores(reference, rows, size, signal, temperature));
    const isLearnt = completions.map(({ isEnded }) => (maskTruncatedCompletions && !isEnded ? 0 : 1));
    const measured = {
      episode: (round + 1) * batchSize,
      reward: mean(rewards),
      reward_std: rewardStd,
      frac_reward_zero_std: fracRewardZeroStd,
      num_tokens: completions.reduce((sum, { ids }) => sum + ids.length, 0),
      ...lengthMetrics(completions),
      ...(await watched(plan.watch, completions, signal)),
    };
    return {
      ids: rows.ids,
      mask: rows.mask.mul(tensor(isLearnt).unsqueeze(1)),
      logProbs: own["logProbs"]!,
      ...(other && { referenceLogProbs: other["logProbs"]! }),
      advantages: tensor(advantages),
      stats: stats.toRows(measured, batchSize),
    };
  };

  return {
    model: policy,
    loss: (model, batch) => {
      const { ids, mask } = batch as Record<"ids" | "mask", Tensor>;
      const logits = model.forward(ids).mul(1 / temperature);
      const { loss, metrics } = grpoLoss(
        {
          logProbs: tokenLogProbs(logits, ids),
          oldLogProbs: batch["logProbs"]!,
          referenceLogProbs: batch["referenceLogProbs"],
          advantages: batch["advantages"]!,
          mask,
        },
        lossOptions,
      );
      return { loss, metrics: { ...metrics, entropy: maskedMean(tokenEntropy(logits, ids), mask), ...stats.metrics(batch["stats"]!) } };
    },
    batches: new Rollouts({ collect, rows: batchSize, batchSize: batchSize / numMiniBatches, epochs: numIterations, seed, extra: stats }),
  };
}
