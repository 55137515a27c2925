/** Exercises of notebook 11: the loss of DPO, advantages in a group, a rhyme, a reward that cannot be cheated, the least distance to a rule. */
import { exercise, type Exercise } from "../exercise.ts";
import { nearly } from "./near.ts";

interface LogProbs {
  chosen: number;
  rejected: number;
  referenceChosen: number;
  referenceRejected: number;
}
type Loss = (logProbs: LogProbs, beta: number) => number;
type Advantages = (rewards: number[]) => readonly number[];
type Rhyme = (ends: string[], groupsOf: (character: string) => string[]) => boolean;
type Solved = (numbers: number[], target: number, expression: string) => boolean;
type LeastKl = (before: number, after: number) => number;

const same: LogProbs = { chosen: -3, rejected: -5, referenceChosen: -3, referenceRejected: -5 };
const ahead: LogProbs = { chosen: -2, rejected: -7, referenceChosen: -3, referenceRejected: -5 };

const startsAtLn2 = "a policy that is still its reference has a loss of ln 2 = 0.6931, however likely the answers are";
const fallsWithMargin = "the loss falls when the chosen answer becomes likelier, and rises when the rejected one does";
const scaledByBeta = "β multiplies the difference inside σ: chosen −2, rejected −7, before −3 and −5, β = 0.1: −ln σ(0.1 · 3) = 0.5544";
const noUnderflow = "a difference of −10,000 makes σ zero and its logarithm infinite: −ln σ(x) is ln(1 + e^−x), and for large −x it is −x";

const sumToZero = "the advantages of a group add up to 0: it is the others in the group that an answer is compared with";
const byDeviation =
  "divided by the standard deviation: of [0, 1] it is 0.7071, with n − 1 below the line, so the advantages are about ±0.7070";
const flatGroup = "all alike, nothing to learn: [1, 1, 1] gives zeros, not NaN; that is what the 0.0001 is for";

const oneGroup = "the ends share a group: 山 and 間 rhyme, 山 and 流 do not";
const anyReading = "a character with several readings may use any of them, the same group for all: 看 is in the groups of 寒 and of 翰";
const notItself = "a word does not rhyme with itself";
const allOfThem = "one group for all ends, not one for each pair of neighbours";

const rightValue = "3*5-2 is 13, and 3+5*2 is 13 too: products before sums";
const eachOnce = "each number once, and no other: 9+4 is 13, but was not to be made of 9 and 4";
const noDigits = "13 by itself is no answer: the reward would teach to copy the target";
const unreadable = "an expression that cannot be read is wrong: 3*5-2* has nothing behind its last sign, and an empty text is no answer";

const nothingToDo = "a policy that stays where it is needs 0 nats";
const allRight = "from a share of 0.02 to 1: −ln 0.02 = 3.912 nats; 0 · ln 0 counts as 0";
const bothSides = "two outcomes, right and wrong: q ln(q/p) + (1 − q) ln((1 − q)/(1 − p)); from 0.02 to 0.95: 3.5189";

const groups: Record<string, string[]> = {
  山: ["刪"],
  間: ["刪"],
  還: ["刪", "先"],
  流: ["尤"],
  樓: ["尤"],
  看: ["寒", "翰"],
  寒: ["寒"],
  年: ["先"],
};
const groupsOf = (character: string): string[] => groups[character] ?? [];

const softplus = (x: number): number => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
const difference = ({ chosen, rejected, referenceChosen, referenceRejected }: LogProbs): number =>
  chosen - referenceChosen - (rejected - referenceRejected);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const deviation = (numbers: readonly number[], below: number): number =>
  Math.sqrt(numbers.reduce((sum, number) => sum + (number - mean(numbers)) ** 2, 0) / below);
const shared = (ends: readonly string[]): boolean =>
  groupsOf(ends[0] ?? "").some((group) => ends.every((end) => groupsOf(end).includes(group)));

/** What a sum of products of digits is; undefined for any other text. */
function valueOf(expression: string): number | undefined {
  if (!/^\d+([-+*]\d+)*$/.test(expression)) return undefined;
  return expression
    .replaceAll("-", "+-")
    .split("+")
    .reduce((sum, product) => sum + product.split("*").reduce((all, factor) => all * Number(factor), 1), 0);
}
const sorted = (numbers: readonly number[]): string => numbers.toSorted((a, b) => a - b).join();
const digits = (expression: string): string => sorted((expression.match(/\d+/g) ?? []).map(Number));
const relativeEntropy = (p: number, q: number): number => (q === 0 ? 0 : q * Math.log(q / p));

export const dpoAndGrpo: readonly Exercise[] = [
  exercise<Loss>({
    id: "11-dpo-loss",
    question: "Write dpoLoss({ chosen, rejected, referenceChosen, referenceRejected }, beta) for one pair, from ln of the probabilities.",
    expects: "function",
    checks: [
      [(loss) => nearly(loss(same, 0.1), Math.LN2), startsAtLn2],
      [(loss) => loss(ahead, 0.1) < Math.LN2 && loss({ ...same, rejected: -4 }, 0.1) > Math.LN2, fallsWithMargin],
      [(loss) => nearly(loss(ahead, 0.1), softplus(-0.3)), scaledByBeta],
      [(loss) => nearly(loss({ ...same, chosen: -10_003 }, 1), 10_000), noUnderflow],
    ],
    hints: [
      "How much likelier did each answer become since the reference? Take the difference of the two.",
      "−ln σ(β · ((chosen − referenceChosen) − (rejected − referenceRejected)))",
      "−ln σ(x) = max(0, −x) + ln(1 + e^−|x|)",
    ],
    wrong: [
      { answer: ({ chosen, rejected }: LogProbs, beta: number): number => softplus(-beta * (chosen - rejected)), message: startsAtLn2 },
      { answer: (pair: LogProbs, beta: number): number => softplus(beta * difference(pair)), message: fallsWithMargin },
      { answer: (pair: LogProbs): number => softplus(-difference(pair)), message: scaledByBeta },
      { answer: (pair: LogProbs, beta: number): number => -Math.log(1 / (1 + Math.exp(-beta * difference(pair)))), message: noUnderflow },
    ],
    solution: (pair, beta) => softplus(-beta * difference(pair)),
  }),
  exercise<Advantages>({
    id: "11-advantages",
    question: "Write advantages(rewards) of one group: (reward − mean) / (standard deviation + 0.0001), with n − 1 in the deviation.",
    expects: "function",
    checks: [
      [(advantages) => Math.abs(advantages([0, 1, 1, 5]).reduce((sum, one) => sum + one, 0)) < 1e-6, sumToZero],
      [(advantages) => advantages([1, 1, 1]).every((one) => one === 0), flatGroup],
      [(advantages) => nearly(advantages([0, 1])[1], 0.5 / (Math.SQRT1_2 + 1e-4)), byDeviation],
    ],
    hints: ["Mean first, then the squares of the distances from it.", "√(Σ (r − mean)² / (n − 1)) + 0.0001 is what you divide by."],
    wrong: [
      { answer: (rewards: number[]): number[] => rewards, message: sumToZero },
      {
        answer: (rewards: number[]): number[] => rewards.map((one) => (one - mean(rewards)) / deviation(rewards, rewards.length - 1)),
        message: flatGroup,
      },
      {
        answer: (rewards: number[]): number[] => rewards.map((one) => (one - mean(rewards)) / (deviation(rewards, rewards.length) + 1e-4)),
        message: byDeviation,
      },
    ],
    solution: (rewards) => rewards.map((one) => (one - mean(rewards)) / (deviation(rewards, rewards.length - 1) + 1e-4)),
  }),
  exercise<Rhyme>({
    id: "11-rhyme",
    question: "Write doRhyme(ends, groupsOf): whether the last characters share a rhyme group, and none stands there twice.",
    expects: "function",
    checks: [
      [(doRhyme) => doRhyme(["山", "間"], groupsOf) && !doRhyme(["山", "流"], groupsOf), oneGroup],
      [(doRhyme) => doRhyme(["寒", "看"], groupsOf) && doRhyme(["看", "寒"], groupsOf), anyReading],
      [(doRhyme) => !doRhyme(["山", "山"], groupsOf), notItself],
      [(doRhyme) => !doRhyme(["山", "還", "年"], groupsOf), allOfThem],
    ],
    hints: [
      "A group of the first end must be among the groups of every other.",
      "groupsOf(ends[0]).some(group => ends.every(…)), and a Set tells whether one stands there twice.",
    ],
    wrong: [
      { answer: (): boolean => true, message: oneGroup },
      {
        answer: (ends: string[]): boolean =>
          new Set(ends).size === ends.length && new Set(ends.map((end) => groupsOf(end).at(-1))).size === 1,
        message: anyReading,
      },
      { answer: (ends: string[]): boolean => shared(ends), message: notItself },
      {
        answer: (ends: string[]): boolean =>
          new Set(ends).size === ends.length && ends.slice(1).every((end, at) => shared([ends[at]!, end])),
        message: allOfThem,
      },
    ],
    solution: (ends) => new Set(ends).size === ends.length && shared(ends),
  }),
  exercise<Solved>({
    id: "11-countdown",
    question:
      "Write isSolved(numbers, target, expression): whether the expression makes the target of the numbers, each used once, with +, - and *.",
    expects: "function",
    checks: [
      [(isSolved) => isSolved([3, 5, 2], 13, "3*5-2") && isSolved([3, 5, 2], 13, "3+5*2") && !isSolved([3, 5, 2], 13, "3*5+2"), rightValue],
      [(isSolved) => !isSolved([3, 5, 2], 13, "9+4+0") && !isSolved([3, 5, 2], 10, "5+3+2+0") && !isSolved([3, 5, 2], 15, "3*5"), eachOnce],
      [(isSolved) => !isSolved([3, 5, 2], 13, "13"), noDigits],
      [(isSolved) => !isSolved([3, 5, 2], 13, "3*5-2*") && !isSolved([3, 5, 2], 13, ""), unreadable],
    ],
    hints: [
      "Two questions: which numbers does it use, and what does it come to? Both must fit.",
      "expression.match(/\\d+/g), sorted, is the numbers, sorted. For its value: cut at + and −, then at *.",
      "Test by a regular expression what the text looks like before you compute: /^\\d+([-+*]\\d+)*$/",
    ],
    wrong: [
      {
        answer: (numbers: number[], _: number, expression: string): boolean => digits(expression) === sorted(numbers),
        message: rightValue,
      },
      {
        answer: (_: number[], target: number, expression: string): boolean => expression.length > 2 && valueOf(expression) === target,
        message: eachOnce,
      },
      {
        answer: (numbers: number[], target: number, expression: string): boolean =>
          expression === String(target) || (valueOf(expression) === target && digits(expression) === sorted(numbers)),
        message: noDigits,
      },
      {
        answer: (numbers: number[], target: number, expression: string): boolean =>
          valueOf(expression.replace(/[-+*]+$/, "")) === target && digits(expression) === sorted(numbers),
        message: unreadable,
      },
    ],
    solution: (numbers, target, expression) => valueOf(expression) === target && digits(expression) === sorted(numbers),
  }),
  exercise<LeastKl>({
    id: "11-least-kl",
    question:
      "A policy is right with a share of `before`. Write leastKl(before, after): by how many nats it must change, at least, to be right with a share of `after`.",
    expects: "function",
    checks: [
      [(leastKl) => nearly(leastKl(0.3, 0.3), 0), nothingToDo],
      [(leastKl) => nearly(leastKl(0.02, 1), -Math.log(0.02)), allRight],
      [(leastKl) => Math.abs(leastKl(0.02, 0.95) - (relativeEntropy(0.02, 0.95) + relativeEntropy(0.98, 0.05))) < 1e-6, bothSides],
    ],
    hints: [
      "The cheapest change leaves the right texts as likely among themselves as they were, and the wrong ones, too: what is left is a coin.",
      "The divergence of two coins: q ln(q/p) + (1 − q) ln((1 − q)/(1 − p)), where 0 · ln 0 is 0.",
    ],
    wrong: [
      { answer: (_: number, after: number): number => -Math.log(after / 2), message: nothingToDo },
      { answer: (p: number, q: number): number => q * Math.log(q / p) + (1 - q) * Math.log((1 - q) / (1 - p)), message: allRight },
      { answer: (p: number, q: number): number => q * Math.log(q / p), message: bothSides },
    ],
    solution: (before, after) => relativeEntropy(before, after) + relativeEntropy(1 - before, 1 - after),
  }),
];
