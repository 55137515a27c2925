import { checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { tensorBatches, type Batches } from "../../train/index.ts";
import { checkDpoOptions, dpoLoss, type DpoOptions } from "../losses/dpo.ts";
import { maskedSum, tokenLogProbs } from "../losses/tokens.ts";
import { checkPreferences, type Policy, type Preference } from "../policy.ts";
import { completionLogProbs } from "../scoring.ts";
import { toPreferenceRows } from "./reward-modeling.ts";
import { checkPolicy, type Task } from "./task.ts";

export interface DpoTaskOptions<P extends Policy> extends DpoOptions {
  /** Learns. */
  policy: P;
  /** Stays as it is. @default the policy as it is now */
  reference?: Policy;
  preferences: readonly Preference[];
  /** Pairs per batch. @default 16 */
  batchSize?: number;
  /** Draws the order of the pairs. @default 0 */
  seed?: number;
}

/** Pairs of texts with what the reference says of them. */
export type DpoRows = Readonly<
  Record<"chosenIds" | "chosenMask" | "rejectedIds" | "rejectedMask" | "referenceChosen" | "referenceRejected", Tensor>
>;

/**
 * A policy learns from preferences, without a reward model: `train({ ...await dpo({ policy, preferences }), optimizer, epochs: 1 })`. What the reference says is
 * computed once, before (trl's precompute_ref_log_probs).
 */
export async function dpo<P extends Policy>(options: DpoTaskOptions<P>): Promise<Task<P, DpoRows, Batches<DpoRows>>> {
  checkOptions("dpo", checkObject("options", options), [
    "policy",
    "reference",
    "preferences",
    "batchSize",
    "seed",
    "beta",
    "lossType",
    "labelSmoothing",
  ]);
  const { policy, reference = policy, preferences, batchSize = 16, seed = 0, ...others } = options;
  const lossOptions = checkDpoOptions(others);
  const { vocabularySize, contextLength } = checkPolicy("policy", policy).config;
  checkPolicy("reference", reference as Policy);
  checkInteger("batchSize", batchSize, { min: 1 });
  const pairs = checkPreferences("preferences", preferences);
  const { chosenIds, chosenMask, rejectedIds, rejectedMask } = toPreferenceRows(pairs, vocabularySize, contextLength);
  const ofReference = async (side: "chosen" | "rejected"): Promise<Tensor> =>
    tensor(
      await completionLogProbs(
        reference,
        pairs.map((pair) => ({ prompt: pair.prompt, completion: pair[side] })),
      ),
    );
  const rows: DpoRows = {
    chosenIds,
    chosenMask,
    rejectedIds,
    rejectedMask,
    referenceChosen: await ofReference("chosen"),
    referenceRejected: await ofReference("rejected"),
  };
  const logProbsOf = (model: P, ids: Tensor, mask: Tensor): Tensor => maskedSum(tokenLogProbs(model.forward(ids), ids), mask);
  return {
    model: policy,
    loss: (model, batch) =>
      dpoLoss(
        {
          chosen: logProbsOf(model, batch.chosenIds, batch.chosenMask),
          rejected: logProbsOf(model, batch.rejectedIds, batch.rejectedMask),
          referenceChosen: batch.referenceChosen,
          referenceRejected: batch.referenceRejected,
          chosenLength: batch.chosenMask.sum(1),
          rejectedLength: batch.rejectedMask.sum(1),
        },
        lossOptions,
      ),
    batches: tensorBatches(rows, { batchSize, seed }),
  };
}
