/** When to say nothing: how well a score tells questions that the documents answer from those that they do not, and where to draw the line. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkBoolean, checkNumber } from "../../runtime/check.ts";

/**
 * The area under the ROC curve: how likely it is that a question with an answer has a higher score than one without; ties count half. 0.5 is chance.
 *
 * @param scores One for each question, such as answer.confidence.
 * @param answerable Whether the documents answer each.
 */
export function auroc(scores: readonly number[], answerable: readonly boolean[]): number {
  const { positive, negative } = split(scores, answerable);
  let wins = 0;
  for (const one of positive) for (const other of negative) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (positive.length * negative.length);
}

export interface Threshold {
  /** Answer at this score and above. */
  threshold: number;
  /** Of the questions with an answer, the share that is answered. */
  answered: number;
  /** Of those without, the share that is declined. */
  declined: number;
}

/**
 * The threshold that does best on validation questions: where the mean of `answered` and `declined` is greatest (Youden's index), half-way between two scores. Judge
 * it on other questions.
 */
export function calibrateThreshold(scores: readonly number[], answerable: readonly boolean[]): Threshold {
  const { positive, negative } = split(scores, answerable);
  const sorted = [...new Set(scores)].sort((one, other) => one - other);
  const candidates = [sorted[0]!, ...sorted.slice(1).map((score, index) => (score + sorted[index]!) / 2)];
  const points = candidates.map((threshold) => ({
    threshold,
    answered: positive.filter((score) => score >= threshold).length / positive.length,
    declined: negative.filter((score) => score < threshold).length / negative.length,
  }));
  return points.reduce((best, point) => (point.answered + point.declined > best.answered + best.declined ? point : best));
}

function split(scores: readonly number[], answerable: readonly boolean[]): { positive: number[]; negative: number[] } {
  checkArray("scores", scores, checkNumber);
  checkArray("answerable", answerable, checkBoolean);
  if (scores.length !== answerable.length) {
    throw new ArgumentError(`answerable must be as many as scores, got ${answerable.length} for ${scores.length}`, {
      hint: "pass one of each for every question",
      facts: { argument: "answerable", expected: scores.length, value: answerable.length },
    });
  }
  const positive = scores.filter((_, index) => answerable[index]);
  const negative = scores.filter((_, index) => !answerable[index]);
  if (positive.length > 0 && negative.length > 0) return { positive, negative };
  throw argumentError("answerable", "true for some questions and false for others", answerable);
}
