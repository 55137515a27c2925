/** What sentence encoders learn from: pairs that belong together, and vectors of a teacher. */
import { ShapeError } from "../../errors.ts";
import { checkChoice, checkInstance, checkNumber, checkOptions } from "../../runtime/check.ts";
import { arange, concat, crossEntropy, Tensor, zeros } from "../../tensor/index.ts";

export interface MultipleNegativesOptions {
  /** By what cosines are multiplied before the softmax: 1 / temperature; > 0. @default 20 */
  scale?: number;
  /** More texts that answer none of the anchors, (N, D), such as mined hard negatives. @default none */
  negatives?: Tensor;
}

/**
 * Multiple negatives ranking: each anchor has to find its own positive among those of the whole batch — Henderson et al. 2017, §4.4
 * (arXiv:1705.00652); as InfoNCE with in-batch negatives, van den Oord et al. 2018 (arXiv:1807.03748). It is cross-entropy over scale · cosine, as in
 * sentence-transformers' MultipleNegativesRankingLoss. A batch must not hold two positives of one anchor: they would push each other away.
 *
 * @param anchors Vectors of questions, (B, D), of any length.
 * @param positives Vectors of their answers, (B, D), row by row.
 * @returns The mean over anchors, a scalar; ln B where nothing is known.
 * @throws {ShapeError} The shapes differ, or there are no two axes.
 * @throws {ArgumentError} scale is not above 0.
 * @example
 * const loss = multipleNegativesLoss(network.forward(q.ids, q.mask), network.forward(p.ids, p.mask), { scale: 20 })
 */
export function multipleNegativesLoss(anchors: Tensor, positives: Tensor, options: MultipleNegativesOptions = {}): Tensor {
  checkOptions("options", options, ["scale", "negatives"]);
  const { scale = 20, negatives } = options;
  checkNumber("scale", scale, { above: 0 });
  const [B, D] = checkPair("anchors", anchors, "positives", positives);
  if (negatives !== undefined) {
    const { shape } = checkInstance("negatives", negatives, Tensor);
    if (shape.length !== 2 || shape[1] !== D)
      throw differ("anchors", anchors, "negatives", negatives, "negatives have as many numbers each");
  }
  const candidates = negatives === undefined ? positives : concat([positives, negatives]);
  const cosines = toLength1(anchors).matmul(toLength1(candidates).transpose(0, 1)); // (B, B + N)
  return crossEntropy(cosines.mul(scale), arange(B));
}

export interface DistillationOptions {
  /** `cosine`: 1 − cosine, mean over texts. `mse`: mean over texts and numbers, as Reimers and Gurevych do. @default "cosine" */
  measure?: "cosine" | "mse";
}

/**
 * How far a student's vectors are from a teacher's. Where the student reads a translation of what the teacher read, it learns the language
 * — Reimers & Gurevych 2020 (arXiv:2004.09813). For vectors of length 1, `mse` is 2 / D times `cosine`, so only the learning rate is another.
 *
 * @param student (B, D).
 * @param teacher (B, D).
 * @returns A scalar, 0 where they are the same.
 * @throws {ShapeError} The shapes differ, or there are no two axes.
 */
export function distillationLoss(student: Tensor, teacher: Tensor, options: DistillationOptions = {}): Tensor {
  checkOptions("options", options, ["measure"]);
  const { measure = "cosine" } = options;
  checkChoice("measure", measure, ["cosine", "mse"]);
  checkPair("student", student, "teacher", teacher);
  if (measure === "mse") return student.sub(teacher).square().mean();
  return toLength1(student).mul(toLength1(teacher)).sum(-1).mean().neg().add(1);
}

/**
 * For each group of one query, its right passage has to win against wrong ones: cross-entropy over the group's logits, the first of which is the right
 * one's; the localized contrastive loss of Gao, Dai & Callan 2021 (arXiv:2101.08751).
 *
 * @param logits (groups, passages), the right one first.
 * @returns The mean over groups, a scalar; ln of the number of passages where nothing is known.
 * @throws {ShapeError} There are no two axes.
 */
export function groupLoss(logits: Tensor): Tensor {
  const [groups] = checkAxes("logits", logits, 2, "pass (groups, passages), the right passage first");
  return crossEntropy(logits, zeros([groups!], { dtype: "int64" }));
}

/**
 * Binary cross-entropy of logits, as PyTorch's BCEWithLogitsLoss: each pair by itself, right or wrong.
 *
 * @param logits (B).
 * @param labels (B), 1 for a right pair and 0 for a wrong one, or between.
 * @returns The mean over pairs, a scalar; ln 2 where nothing is known.
 * @throws {ShapeError} The shapes differ, or there is not one axis.
 */
export function binaryLoss(logits: Tensor, labels: Tensor): Tensor {
  checkAxes("logits", logits, 1, "pass (pairs)");
  checkAxes("labels", labels, 1, "pass (pairs)");
  if (logits.shape[0] !== labels.shape[0])
    throw new ShapeError(`logits are (${logits.shape.join(", ")}) and labels (${labels.shape.join(", ")})`, {
      hint: "pass one label for each pair",
      facts: { logits: logits.shape, labels: labels.shape },
    });
  const ofZero = logits.maximum(0).add(logits.abs().neg().exp().add(1).log()); // −ln(1 − σ(x)), without overflow
  return ofZero.sub(logits.mul(labels.to("float32"))).mean();
}

function checkAxes(name: string, value: Tensor, axes: number, hint: string): readonly number[] {
  const { shape } = checkInstance(name, value, Tensor, { hint });
  if (shape.length === axes) return shape;
  throw new ShapeError(`${name} must have ${axes} ${axes === 1 ? "axis" : "axes"}, got (${shape.join(", ")})`, {
    hint,
    facts: { argument: name, expected: axes, value: shape },
  });
}

/** As in PyTorch's normalize: a vector of zeros stays one. */
const toLength1 = (vectors: Tensor): Tensor => vectors.div(vectors.square().sum(-1, { keepDims: true }).maximum(1e-24).sqrt());

function checkPair(oneName: string, one: Tensor, otherName: string, other: Tensor): [B: number, D: number] {
  for (const [name, found] of [[oneName, one], [otherName, other]] as const) checkInstance(name, found, Tensor, { hint: "pass vectors, (B, D)" }); // prettier-ignore
  if (one.rank !== 2 || one.shape.join() !== other.shape.join())
    throw differ(oneName, one, otherName, other, "each has a row for each pair");
  return one.shape as unknown as [number, number];
}

function differ(oneName: string, one: Tensor, otherName: string, other: Tensor, hint: string): ShapeError {
  return new ShapeError(`${oneName} are (${one.shape.join(", ")}) and ${otherName} (${other.shape.join(", ")})`, {
    hint: `pass vectors, (B, D): ${hint}`,
    facts: { [oneName]: one.shape, [otherName]: other.shape },
  });
}
