import { crossEntropy, tensor, where, type Tensor } from "../../tensor/index.ts";
import type { Llama } from "../llama/llama.ts";
import { ignoreIndex, type PackedBatch } from "./pack.ts";

/**
 * Mean cross-entropy in nats of the learnt tokens, all alike whatever their rows. Logits are computed only for them: over a vocabulary of 49,152 those
 * of a prompt cost a fifth of the step.
 */
export function answerLoss(model: Llama, { ids, positions, segments, picked, targets, weights }: PackedBatch): Tensor {
  const hidden = model.hidden(ids, { positions, segments }); // (B, T, C)
  const [B, T, C] = hidden.shape as [number, number, number];
  const rows = tensor(
    Float64Array.from({ length: B }, (_, row) => row * T),
    { shape: [B, 1], dtype: "int64" },
  );
  const logits = model.logits(hidden.reshape([B * T, C]).take(picked.add(rows))); // (B, K, V)
  const share = weights.mean();
  // Rows that only fill a batch up have no targets, and the mean of nothing is NaN.
  return where(share.greater(0), crossEntropy(logits, targets, { ignoreIndex }).mul(share), 0);
}
