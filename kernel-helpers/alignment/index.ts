export { diagnose, type Failure, type FailureName } from "./diagnose.ts";
export { completionLogProbs, scoredBy } from "./scoring.ts";
export { calibration, type Calibration, type CalibrationBin, type CalibrationOptions } from "./estimators/calibration.ts";
export {
  adaptiveKlController,
  exactKl,
  fixedKlController,
  klEstimate,
  type AdaptiveKlOptions,
  type KlController,
  type KlEstimator,
} from "./estimators/kl.ts";
export { generalizedAdvantages, type Advantages, type GaeOptions } from "./estimators/gae.ts";
export { groupAdvantages, type GroupAdvantages, type GroupOptions, type ScaleRewards } from "./estimators/groups.ts";
export { bestOf, bestOfKl, rejectionSample, type BestOfOptions, type Rejection, type RejectionOptions } from "./estimators/selection.ts";
export { dpoLoss, type DpoInputs, type DpoLossType, type DpoOptions } from "./losses/dpo.ts";
export { grpoLoss, type GrpoInputs, type GrpoLossOptions } from "./losses/grpo.ts";
export { ppoLoss, type PpoInputs, type PpoLossOptions } from "./losses/ppo.ts";
export { rewardLoss, type RewardInputs, type RewardOptions } from "./losses/reward.ts";
export { sftLoss, type SftInputs } from "./losses/sft.ts";
export { maskedMean, tokenEntropy, tokenLogProbs, whiten, type LossType } from "./losses/tokens.ts";
export type { Completion, Policy, Preference, PromptCompletion, RewardFunction, Rows } from "./policy.ts";
export { Rollouts, type RolloutRows, type RolloutsOptions } from "./rollouts/rollouts.ts";
export type { Draw, DrawOptions, SamplingPlan } from "./rollouts/sample.ts";
export { copyGpt, ScoreModel } from "./score-model.ts";
export { shop, type JudgedPair, type JudgeOptions, type Shop, type ShopQuestion, type ShopRewardParts } from "./shop.ts";
export { dpo, type DpoRows, type DpoTaskOptions } from "./tasks/dpo.ts";
export { grpo, type GrpoOptions } from "./tasks/grpo.ts";
export { ActorCritic, ppo, type PpoOptions } from "./tasks/ppo.ts";
export { rewardModeling, type PreferenceRows, type RewardModelingOptions } from "./tasks/reward-modeling.ts";
export { sft, type SftOptions } from "./tasks/sft.ts";
export type { Task } from "./tasks/task.ts";
export { checkVerse, type VerseCheck, type VerseForm, type VerseRhymes } from "./verse.ts";
