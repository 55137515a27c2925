import { Module } from "../../nn/index.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkInstance,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
} from "../../runtime/check.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { checkGaeOptions, gaeOptionNames, generalizedAdvantages, type GaeOptions } from "../estimators/gae.ts";
import { fixedKlController, klEstimate, type KlController } from "../estimators/kl.ts";
import { checkPpoLossOptions, ppoLoss, ppoLossOptionNames, type PpoLossOptions } from "../losses/ppo.ts";
import { maskedMean, maskedSum, tokenEntropy, tokenLogProbs, whiten } from "../losses/tokens.ts";
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
import { ScoreModel } from "../score-model.ts";
import { placeScores, tokenScores } from "../scoring.ts";
import { checkPolicy, type Task } from "./task.ts";

/** A policy and what expects its rewards, which learn together. */
export class ActorCritic<P extends Policy = Policy> extends Module {
  readonly policy: P;
  readonly value: ScoreModel;

  constructor(policy: P, value: ScoreModel) {
    super();
    this.policy = policy;
    this.value = value;
  }
}

export interface PpoOptions<P extends Policy> extends SamplingPlan<P>, PpoLossOptions, GaeOptions {
  /** Learns. */
  policy: P;
  /** Expects the rewards, and learns; made from the reward model, for example. */
  value: ScoreModel;
  /** Stays as it is: the policy as it was at first. Not the policy itself. */
  reference: Policy;
  /** How good completions are; added at the last token. */
  reward: RewardFunction;
  /** Completions of a rollout. @default 64 */
  batchSize?: number;
  /** Batches that a rollout is cut into; a divisor of batchSize. @default 1 */
  numMiniBatches?: number;
  /** How often a rollout is learnt from. @default 4 */
  numPpoEpochs?: number;
  /** How dear each nat is by which a token's probability leaves the reference: a number, or a controller. @default 0.05 */
  klCoef?: number | KlController;
  /** How that is estimated for each token. @default "k1" */
  klEstimator?: "k1" | "k3";
  /** Whether the rewards of tokens are scaled to a variance of 1. @default false */
  whitenRewards?: boolean;
  /** Taken off the score of a completion that does not come to its end. @default 0 */
  missingEosPenalty?: number;
}

const names = ["policy", "value", "reference", "reward", "batchSize", "numMiniBatches", "numPpoEpochs", "klCoef", "klEstimator"] as const;
const otherNames = ["whitenRewards", "missingEosPenalty", ...gaeOptionNames, ...ppoLossOptionNames] as const;

/**
 * Proximal policy optimisation from rewards (Schulman et al. 2017; for language models Ziegler et al. 2019, Stiennon et al. 2020): the policy writes, is scored,
 * and learns from what it wrote, while each token pays for leaving the reference. `train({ ...ppo({ … }), optimizer, steps })`: a step is an update by one
 * batch, and `task.batches.perRollout` of them make a rollout. A checkpoint holds the rollout under way and the KL coefficient.
 *
 * Options and metrics are named as in trl's PPOTrainer: `objective/kl`, `objective/entropy`, `objective/non_score_reward`, `objective/rlhf_reward`,
 * `objective/scores`, `policy/entropy_avg`, `val/num_eos_tokens`, `episode`, those of `ppoLoss`; and `objective/kl_coef`, `completions/…`, `watch/…`.
 */
export function ppo<P extends Policy>(options: PpoOptions<P>): Task<ActorCritic<P>, RolloutRows, Rollouts> {
  checkOptions("ppo", checkObject("options", options), [...names, ...otherNames, ...samplingPlanNames]);
  const { policy, value, reference, reward, batchSize = 64, numMiniBatches = 1, numPpoEpochs = 4 } = options;
  const { klCoef = 0.05, klEstimator = "k1", whitenRewards = false, missingEosPenalty = 0 } = options;
  checkPolicy("policy", policy);
  checkPolicy("reference", reference);
  if ((reference as unknown) === policy) {
    throw argumentError("reference", "another model than the policy, which changes", reference, { hint: "pass copyGpt(policy)" });
  }
  checkInstance("value", value, ScoreModel, { hint: "pass new ScoreModel(rewardModel)" });
  checkReward("reward", reward);
  checkInteger("batchSize", batchSize, { min: 2 });
  checkInteger("numMiniBatches", numMiniBatches, { min: 1 });
  if (batchSize % numMiniBatches !== 0) throw argumentError("numMiniBatches", `a divisor of the batchSize, ${batchSize}`, numMiniBatches);
  checkInteger("numPpoEpochs", numPpoEpochs, { min: 1 });
  checkChoice("klEstimator", klEstimator, ["k1", "k3"]);
  checkBoolean("whitenRewards", whitenRewards);
  checkNumber("missingEosPenalty", missingEosPenalty, { min: 0 });
  const controller = typeof klCoef === "number" ? fixedKlController(klCoef) : checkController(klCoef);
  const gae = checkGaeOptions(ownOptions(options, gaeOptionNames));
  const lossOptions = checkPpoLossOptions(ownOptions(options, ppoLossOptionNames));
  const plan = checkSamplingPlan(policy, options);
  const { seed, temperature } = plan;
  const rowLength = Math.max(...plan.prompts.map((prompt) => prompt.length)) + plan.maxCompletionLength;
  const stats = new RolloutStats();

  const collect = async (round: number, signal?: AbortSignal): Promise<RolloutRows> => {
    const prompts = promptsOf(plan.prompts, round, batchSize, seed);
    const completions = await complete(policy, prompts, plan, seedFor(seed, round), signal);
    const given = await rewardsOf("reward", reward, completions, signal);
    const scores = given.map((score, row) => (completions[row]!.isEnded ? score : score - missingEosPenalty));
    const texts = completions.map(({ prompt, ids }) => ({ prompt, completion: ids }));
    const rows = toRows("completions", texts, rowLength, policy.config.vocabularySize);
    const size = batchSize / numMiniBatches;
    const own = await tokenScores(policy, rows, size, signal, temperature);
    const other = await tokenScores(reference, rows, size, signal, temperature);
    const { scores: expected } = await placeScores(value, rows, size, signal);
    const { mask } = rows;
    const [logProbs, values] = [own["logProbs"]!, expected!.slice(null, [0, rowLength - 1]).mul(mask)];
    const kl = klEstimate(logProbs, other["logProbs"]!, klEstimator).mul(mask);
    const penalties = kl.mul(-controller.value);
    const last = lastPlaces(mask);
    const rewards = penalties.add(last.mul(tensor(scores).unsqueeze(1)));
    const { advantages, returns } = estimate(
      whitenRewards ? whiten(rewards, mask, { shiftMean: false }).mul(mask) : rewards,
      values,
      mask,
      gae,
    );
    const klSum = maskedSum(klEstimate(logProbs, other["logProbs"]!, "k1"), mask)
      .mean()
      .item();
    const nonScore = penalties.sum(1).mean().item();
    const measured = {
      episode: (round + 1) * batchSize,
      "objective/kl": klSum,
      "objective/kl_coef": controller.value,
      "objective/entropy": maskedSum(own["entropy"]!, mask).mean().item(),
      "objective/non_score_reward": nonScore,
      "objective/rlhf_reward": nonScore + mean(scores),
      "objective/scores": mean(scores),
      "val/num_eos_tokens": completions.filter(({ isEnded }) => isEnded).length,
      ...lengthMetrics(completions),
      ...(await watched(plan.watch, completions, signal)),
    };
    controller.update(klSum, batchSize);
    return {
      ids: rows.ids,
      mask,
      logProbs,
      values,
      advantages: whiten(advantages, mask).mul(mask),
      returns,
      stats: stats.toRows(measured, batchSize),
    };
  };

  return {
    model: new ActorCritic(policy, value),
    loss: (model, batch) => {
      const { ids, mask } = batch as Record<"ids" | "mask", Tensor>;
      const logits = model.policy.forward(ids).mul(1 / temperature);
      const { loss, metrics } = ppoLoss(
        {
          logProbs: tokenLogProbs(logits, ids),
          oldLogProbs: batch["logProbs"]!,
          advantages: batch["advantages"]!,
          values: model.value.forward(ids).slice(null, [0, ids.shape[1]! - 1]),
          oldValues: batch["values"]!,
          returns: batch["returns"]!,
          mask,
        },
        lossOptions,
      );
      const entropy = maskedMean(tokenEntropy(logits, ids), mask);
      return { loss, metrics: { ...metrics, "policy/entropy_avg": entropy, ...stats.metrics(batch["stats"]!) } };
    },
    batches: new Rollouts({
      collect,
      rows: batchSize,
      batchSize: batchSize / numMiniBatches,
      epochs: numPpoEpochs,
      seed,
      extra: {
        state: () => ({ klCoef: tensor(controller.value, { dtype: "float64" }), ...stats.state() }),
        load: (state) => {
          controller.restore(state["klCoef"]!.item());
          stats.load(state);
        },
      },
    }),
  };
}

function checkController(controller: unknown): KlController {
  const { value, update, restore } = (controller ?? {}) as Partial<KlController>;
  if (typeof value === "number" && typeof update === "function" && typeof restore === "function") return controller as KlController;
  throw argumentError("klCoef", "a number or a controller", controller, {
    hint: "pass 0.05, or adaptiveKlController(0.05, { target: 6 })",
  });
}

/** 1 at the last token of each row that counts. */
function lastPlaces(mask: Tensor): Tensor {
  const [B, T] = mask.shape as [number, number];
  const next = mask.slice(null, [1, T]).pad([
    [0, 0],
    [0, 1],
  ]);
  return mask.mul(next.neg().add(1)).reshape([B, T]);
}

/** Advantages and returns of each row's tokens, 0 elsewhere: (B, T). */
function estimate(rewards: Tensor, values: Tensor, mask: Tensor, gae: Required<GaeOptions>): { advantages: Tensor; returns: Tensor } {
  const [B, T] = mask.shape as [number, number];
  const [rewardData, valueData, maskData] = [rewards, values, mask].map(({ data }) => data as Float32Array) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const found = { advantages: new Float32Array(B * T), returns: new Float32Array(B * T) };
  for (let row = 0; row < B; row++) {
    const places = Array.from({ length: T }, (_, t) => row * T + t).filter((place) => maskData[place] === 1);
    const { advantages, returns } = generalizedAdvantages(
      places.map((place) => rewardData[place]!),
      places.map((place) => valueData[place]!),
      gae,
    );
    places.forEach((place, t) => {
      found.advantages[place] = advantages[t]!;
      found.returns[place] = returns[t]!;
    });
  }
  return { advantages: tensor(found.advantages, { shape: [B, T] }), returns: tensor(found.returns, { shape: [B, T] }) };
}
