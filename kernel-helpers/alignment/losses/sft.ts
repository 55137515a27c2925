import { checkOptions } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { MeasuredLoss } from "../../train/index.ts";
import { maskedMean, tokenEntropy, tokenLogProbs } from "./tokens.ts";

export interface SftInputs {
  /** (B, T, V) */
  logits: Tensor;
  /** (B, T) int64 */
  ids: Tensor;
  /** (B, T − 1): 1 where the token that follows is learnt. */
  mask: Tensor;
}

/**
 * Supervised fine-tuning: mean cross-entropy in nats of the tokens that are learnt. Metrics as in trl: `entropy` and `mean_token_accuracy`.
 *
 * @throws {ShapeError} The shapes do not go together.
 */
export function sftLoss(inputs: SftInputs): MeasuredLoss {
  checkOptions("sftLoss", inputs, ["logits", "ids", "mask"]);
  const { logits, ids, mask } = inputs;
  const loss = maskedMean(tokenLogProbs(logits, ids), mask).neg();
  const T = ids.shape[1]!;
  const hits = logits
    .slice(null, [0, T - 1])
    .argmax(2)
    .equal(ids.slice(null, [1, T]))
    .to("float32");
  return { loss, metrics: { entropy: maskedMean(tokenEntropy(logits, ids), mask), mean_token_accuracy: maskedMean(hits, mask) } };
}
