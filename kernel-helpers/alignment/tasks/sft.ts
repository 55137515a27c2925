import { checkArray, checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";
import { tensorBatches, type Batches } from "../../train/index.ts";
import { sftLoss } from "../losses/sft.ts";
import { rowsFor, type Policy, type PromptCompletion, type Rows } from "../policy.ts";
import { checkPolicy, type Task } from "./task.ts";

export interface SftOptions<P extends Policy> {
  /** Learns. */
  policy: P;
  /** Prompts, and the completions that are learnt. */
  examples: readonly PromptCompletion[];
  /** Examples per batch. @default 16 */
  batchSize?: number;
  /** Draws the order of the examples. @default 0 */
  seed?: number;
}

/**
 * Supervised fine-tuning of a policy on completions, to be trained: `train({ ...sft({ policy, examples }), optimizer, epochs: 3 })`. The prompts are read, not
 * learnt. For a published model there is `fineTune` in the room llm.
 */
export function sft<P extends Policy>(options: SftOptions<P>): Task<P, Rows, Batches<Rows>> {
  checkOptions("sft", checkObject("options", options), ["policy", "examples", "batchSize", "seed"]);
  const { policy, examples, batchSize = 16, seed = 0 } = options;
  checkPolicy("policy", policy);
  const hint = "pass { prompt, completion }, each an array of ids";
  checkArray("examples", examples, (name, item) => checkObject(name, item, { hint }), { allowEmpty: false, hint });
  checkInteger("batchSize", batchSize, { min: 1 });
  const rows = rowsFor("examples", examples, policy.config);
  return {
    model: policy,
    loss: (model, { ids, mask }) => sftLoss({ logits: model.forward(ids), ids, mask }),
    batches: tensorBatches(rows, { batchSize, seed }),
  };
}
