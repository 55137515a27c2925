/** The loss of CLIP. */
import { ShapeError } from "../../errors.ts";
import { checkInstance } from "../../runtime/check.ts";
import { arange, crossEntropy, Tensor } from "../../tensor/index.ts";

/** In CLIP the scale is never more than 100: beyond it the training becomes unstable. */
const largestScale = 100;

/**
 * Symmetric InfoNCE: each image has to find its text among those of the batch, and each text its image — Radford et al. 2021, figure 3 (arXiv:2103.00020). No two
 * rows of a batch should say the same.
 *
 * @param images Vectors of length 1, (B, D).
 * @param texts Vectors of length 1, (B, D), row by row.
 * @param logScale ln(1 / temperature), a scalar that is learnt; CLIP begins with ln(1 / 0.07).
 * @returns A scalar; ln B where nothing is known.
 * @throws {ShapeError} The shapes differ, or there are no two axes.
 */
export function infoNceLoss(images: Tensor, texts: Tensor, logScale: Tensor): Tensor {
  for (const [name, found] of Object.entries({ images, texts, logScale })) checkInstance(name, found, Tensor);
  if (images.rank !== 2 || images.shape.join() !== texts.shape.join()) {
    throw new ShapeError(`images are (${images.shape.join(", ")}) and texts (${texts.shape.join(", ")})`, {
      hint: "pass a vector for each image and one for its text, (B, D) both",
      facts: { images: images.shape, texts: texts.shape },
    });
  }
  const logits = images.matmul(texts.T).mul(logScale.exp().minimum(largestScale)); // (B, B)
  const own = arange(images.shape[0]!);
  return crossEntropy(logits, own).add(crossEntropy(logits.T, own)).div(2);
}

/** Vectors (…, D) made of length 1. */
export const toLength1 = (vectors: Tensor): Tensor => vectors.div(vectors.square().sum(-1, { keepDims: true }).maximum(1e-24).sqrt());
