import { checkInstance, checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { tensorBatches, type Batches } from "../../train/index.ts";
import { rewardLoss, type RewardOptions } from "../losses/reward.ts";
import { checkPreferences, lengthFor, toRows, type Preference } from "../policy.ts";
import { ScoreModel } from "../score-model.ts";
import type { Task } from "./task.ts";

export interface RewardModelingOptions extends RewardOptions {
  /** Learns. */
  model: ScoreModel;
  preferences: readonly Preference[];
  /** Pairs per batch. @default 16 */
  batchSize?: number;
  /** Draws the order of the pairs. @default 0 */
  seed?: number;
}

/** Pairs of texts: the rows of the better and of the other one, and the margins (B). */
export type PreferenceRows = Readonly<
  Record<"chosenIds" | "chosenMask" | "chosenLast" | "rejectedIds" | "rejectedMask" | "rejectedLast" | "margin", Tensor>
>;

export function toPreferenceRows(preferences: readonly Preference[], vocabularySize: number, contextLength: number): PreferenceRows {
  const of = (side: "chosen" | "rejected"): { prompt: readonly number[]; completion: readonly number[] }[] =>
    preferences.map((pair) => ({ prompt: pair.prompt, completion: pair[side] }));
  const [better, other] = [of("chosen"), of("rejected")];
  const length = lengthFor([...better, ...other], contextLength);
  const [chosen, rejected] = [toRows("chosen", better, length, vocabularySize), toRows("rejected", other, length, vocabularySize)];
  return {
    chosenIds: chosen.ids,
    chosenMask: chosen.mask,
    chosenLast: chosen.last,
    rejectedIds: rejected.ids,
    rejectedMask: rejected.mask,
    rejectedLast: rejected.last,
    margin: tensor(preferences.map(({ margin = 0 }) => margin)),
  };
}

/**
 * A reward model learns which of two completions is better: `train({ ...rewardModeling({ model, preferences }), optimizer, epochs: 1 })`. Its score of a text is
 * that of its last token.
 */
export function rewardModeling(options: RewardModelingOptions): Task<ScoreModel, PreferenceRows, Batches<PreferenceRows>> {
  checkOptions("rewardModeling", checkObject("options", options), [
    "model",
    "preferences",
    "batchSize",
    "seed",
    "centerRewardsCoefficient",
  ]);
  const { model, preferences, batchSize = 16, seed = 0, ...lossOptions } = options;
  checkInstance("model", model, ScoreModel, { hint: "make one from a GPT: new ScoreModel(gpt, { seed: 1 })" });
  checkInteger("batchSize", batchSize, { min: 1 });
  const { vocabularySize, contextLength } = model.gpt.config;
  const rows = toPreferenceRows(checkPreferences("preferences", preferences), vocabularySize, contextLength);
  return {
    model,
    loss: (scores, { chosenIds, chosenLast, rejectedIds, rejectedLast, margin }) =>
      rewardLoss(
        { chosen: scores.scoreAt(chosenIds!, chosenLast!), rejected: scores.scoreAt(rejectedIds!, rejectedLast!), margin },
        lossOptions,
      ),
    batches: tensorBatches(rows, { batchSize, seed }),
  };
}
