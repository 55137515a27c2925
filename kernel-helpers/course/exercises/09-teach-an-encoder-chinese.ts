/** Exercises of notebook 09: what may be tested, weighted rows, the ranking loss, hard negatives, the sign test. */
import { exercise, type Exercise } from "../exercise.ts";
import { nearly } from "./near.ts";

interface Asked {
  answers: readonly { passage: string; parallel?: string }[];
}
type HeldOut = (question: Asked, learnt: ReadonlySet<string>) => boolean;
type MeanRow = (rows: readonly (readonly number[])[], shares: readonly number[]) => number[];
type Ranking = (cosines: readonly (readonly number[])[], scale: number) => number;
type Hardest = (scores: readonly number[], answers: readonly number[], margin: number) => number;

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
const mean = (list: readonly number[]): number => sum(list) / list.length;

/** The mean of rows, each by the weight that its share gives. */
const meanBy =
  (weigh: (share: number) => number, divide = true): MeanRow =>
  (rows, shares) => {
    const weights = shares.map(weigh);
    const total = divide ? sum(weights) : rows.length;
    return rows[0]!.map((_, k) => sum(rows.map((row, at) => (weights[at]! * row[k]!) / total)));
  };

const rankingOf =
  (summarise: (losses: readonly number[]) => number, scaled = true): Ranking =>
  (cosines, scale) => {
    const by = scaled ? scale : 1;
    return summarise(cosines.map((row, i) => Math.log(sum(row.map((cosine) => Math.exp(by * cosine)))) - by * row[i]!));
  };

const hardestBy =
  (limitOf: (scores: readonly number[], answers: readonly number[], margin: number) => number): Hardest =>
  (scores, answers, margin) => {
    const limit = limitOf(scores, answers, margin);
    const allowed = [...scores.keys()].filter((at) => !answers.includes(at) && scores[at]! < limit);
    return allowed.length === 0 ? -1 : allowed.reduce((best, at) => (scores[at]! > scores[best]! ? at : best));
  };
const belowBest = (scores: readonly number[], answers: readonly number[], margin: number): number =>
  Math.max(...answers.map((at) => scores[at]!)) - margin;

const messages = {
  passage: "a question whose passage was learnt from is not held out",
  parallel: "the translation of its passage was learnt from: the student has read the answer in the other language",
  every: "one passage that was learnt from is enough, wherever it stands among the answers",
  plain: "a token that makes up a tenth of all glosses should hardly count: 0.001 / (0.001 + 0.1) is 0.0099",
  divide: "divide by the sum of the weights, not by the number of rows: otherwise the row of a gloss of common words is nearly zero",
  alike: "where all cosines are alike, the right answer has the probability 1 / B: the loss is ln B",
  scale: "multiply the cosines by the scale before the softmax",
  own: "an answer is not a negative, however near it is",
  margin: "what is as near as the best answer, or nearly, may be an answer that nobody marked: stay below it by the margin",
  best: "the margin is measured from the *best* answer",
  none: "where nothing is left, say −1",
  oneSided: "in either direction: 2 or fewer, or 9 or more",
  exact: "only the 2 of exactly this split: add those that are more uneven",
  all: "questions on which both agree say nothing about who is better: of 11 questions, not of 47",
};

const bothRight = [[1, 0], [0, 1]] as const; // prettier-ignore

export const teachAnEncoderChinese: readonly Exercise[] = [
  exercise<HeldOut>({
    id: "09-held-out",
    question: "Write heldOut(question, learnt): whether neither the passages that answer it nor their translations were learnt from.",
    expects: "function",
    checks: [
      [(heldOut) => heldOut({ answers: [{ passage: "h1" }] }, new Set(["h9"])), "a question about passages that nobody learnt is held out"],
      [(heldOut) => !heldOut({ answers: [{ passage: "h1" }] }, new Set(["h1"])), messages.passage],
      [(heldOut) => !heldOut({ answers: [{ passage: "h1", parallel: "h2" }] }, new Set(["h2"])), messages.parallel],
      [(heldOut) => !heldOut({ answers: [{ passage: "h1" }, { passage: "h3" }] }, new Set(["h3"])), messages.every],
      [(heldOut) => !heldOut({ answers: [{ passage: "h3" }, { passage: "h1" }] }, new Set(["h3"])), messages.every],
    ],
    hints: [
      "Ask it of each answer. What has to hold of all of them?",
      "answers.every(…), with learnt.has(passage) and learnt.has(parallel)",
    ],
    wrong: [
      {
        answer: ({ answers }: Asked, learnt: ReadonlySet<string>): boolean => answers.every(({ passage }) => !learnt.has(passage)),
        message: messages.parallel,
      },
      {
        answer: ({ answers }: Asked, learnt: ReadonlySet<string>): boolean =>
          answers.some(({ passage, parallel }) => !learnt.has(passage) && !(parallel !== undefined && learnt.has(parallel))),
        message: messages.every,
      },
    ],
    solution: ({ answers }, learnt) =>
      answers.every(({ passage, parallel }) => !learnt.has(passage) && !(parallel !== undefined && learnt.has(parallel))),
  }),
  exercise<MeanRow>({
    id: "09-weight",
    question: "Write meanRow(rows, shares): the mean of the rows, each weighted by 0.001 / (0.001 + its share).",
    expects: "function",
    checks: [
      [(meanRow) => nearly(meanRow([[2, 4]], [0.5])[0], 2), messages.divide],
      [(meanRow) => nearly(meanRow([[0], [1]], [0.001, 0.001])[0], 0.5), "two tokens of the same share count the same"],
      [(meanRow) => nearly(meanRow([[0], [1]], [0.1, 0])[0], 1 / (1 + 0.001 / 0.101)), messages.plain],
    ],
    hints: ["First the weights; then, for each of the numbers, a weighted sum.", "Divide by the sum of the weights."],
    wrong: [
      { answer: meanBy(() => 1), message: messages.plain },
      { answer: meanBy((share) => 0.001 / (0.001 + share), false), message: messages.divide },
    ],
    solution: meanBy((share) => 0.001 / (0.001 + share)),
  }),
  exercise<Ranking>({
    id: "09-ranking",
    question:
      "Write ranking(cosines, scale): the multiple negatives loss of a batch, where cosines[i][i] is the right answer of question i.",
    expects: "function",
    checks: [
      [(ranking) => nearly(ranking([[0.5, 0.5], [0.5, 0.5]], 20), Math.log(2)), messages.alike], // prettier-ignore
      [(ranking) => nearly(ranking(bothRight, 1), Math.log(Math.E + 1) - 1), "of the cosines 1 and 0 with scale 1, ln(e + 1) − 1"],
      [(ranking) => nearly(ranking(bothRight, 3), Math.log(Math.exp(3) + 1) - 3), messages.scale],
    ],
    hints: [
      "Cross-entropy: −ln of the softmax at the right place.",
      "ln(Σⱼ exp(scale · cosines[i][j])) − scale · cosines[i][i], the mean over i",
    ],
    wrong: [
      { answer: rankingOf(mean, false), message: messages.scale },
      { answer: rankingOf(sum), message: messages.alike },
    ],
    solution: rankingOf(mean),
  }),
  exercise<Hardest>({
    id: "09-hardest",
    question:
      "Write hardest(scores, answers, margin): the highest score's index that is not an answer and lies below the best answer's score by more than the margin; −1 if there is none.",
    expects: "function",
    checks: [
      [(hardest) => hardest([0.9, 0.7, 0.2], [0], 0) !== 0, messages.own],
      [(hardest) => hardest([0.9, 0.7, 0.2], [0], 0) === 1, "of 0.7 and 0.2, 0.7 is the harder"],
      [(hardest) => hardest([0.9, 0.88, 0.5], [0], 0.05) === 2, messages.margin],
      [(hardest) => hardest([0.4, 0.7, 0.9], [0, 2], 0.1) === 1, messages.best],
      [(hardest) => hardest([0.5, 0.9], [0], 0) === -1, messages.none],
    ],
    hints: ["Two conditions on an index; then the largest.", "The limit is Math.max of the answers' scores, minus the margin."],
    wrong: [
      { answer: hardestBy(() => Infinity), message: messages.margin },
      { answer: hardestBy((scores, answers, margin) => scores[answers[0]!]! - margin), message: messages.best },
      { answer: (scores: readonly number[]): number => scores.indexOf(Math.max(...scores)), message: messages.own },
    ],
    solution: hardestBy(belowBest),
  }),
  exercise<number>({
    id: "09-sign",
    question:
      "9 of 47 questions won and 2 lost, the others equal: how likely is a split at least as uneven, in either direction, by chance?",
    expects: "number",
    checks: [
      [(answer) => !nearly(answer, 67 / 2048), messages.oneSided],
      [(answer) => !nearly(answer, 55 / 2048) && !nearly(answer, 110 / 2048), messages.exact],
      [(answer) => answer > 0.001, messages.all],
      [(answer) => Math.abs(answer - 134 / 2048) < 0.0006, "(1 + 11 + 55) / 2¹¹, twice: the coin fell 11 times"],
    ],
    hints: ["On how many questions do they differ? A coin for each of these.", "signTest(9, 2) above"],
    wrong: [
      { answer: 67 / 2048, message: messages.oneSided },
      { answer: 110 / 2048, message: messages.exact },
      { answer: 1e-6, message: messages.all },
      { answer: 0.2, message: "(1 + 11 + 55) / 2¹¹, twice: the coin fell 11 times" },
    ],
    solution: 134 / 2048,
  }),
];
