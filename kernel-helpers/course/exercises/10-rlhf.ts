/** Exercises of notebook 10: Bradley and Terry, how far best of n is, the reward of each token, advantages, the clipped objective. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

type Preferred = (a: number, b: number) => number;
type KlOfBest = (n: number) => number;
type TokenRewards = (score: number, logProbs: number[], referenceLogProbs: number[], klCoef: number) => readonly number[];
type AdvantagesOf = (rewards: number[], values: number[], lam: number) => readonly number[];
type Objective = (ratio: number, advantage: number, epsilon: number) => number;

const alike = (found: readonly number[], expected: readonly number[]): boolean =>
  found.length === expected.length && expected.every((value, at) => near(found[at], value));

const even = "equal scores mean a coin: preferred(3, 3) is 0.5";
const onlyDifferences = "only the difference counts: preferred(101, 100) is preferred(1, 0)";
const sigmoid = "σ(a − b) = 1 / (1 + e^(b − a)): preferred(1, 0) is 0.731";

const oneIsFree = "the best of one is the policy itself: 0 nats";
const lessThanLog = "ln n is too far: the policy would often have written the best one anyway. klOfBest(2) is 0.193";
const inNats = "in nats, so with the natural logarithm: klOfBest(64) is 3.17";

const oneEach = "one reward for each token";
const scoreLast = "the score comes once, with the last token: for a klCoef of 0 the rewards are [0, 0, score]";
const dearer = "a token that is likelier now than under the reference costs something: its reward is below 0";
const byCoefficient = "each token's part is −klCoef · (logProb − referenceLogProb)";

const fromTheEnd = "after the end nothing is expected: for one token it is reward − value";
const oneStep = "with lam = 0, A_t = r_t + V_{t+1} − V_t";
const allSteps = "with lam = 1, A_t is the sum of all rewards from t on, less V_t";
const decays = "in between, A_t = δ_t + lam · A_{t+1}: go from the last token backwards";

const plainInside = "within 1 ± epsilon it is ratio · advantage";
const noFurther = "a good token gains no more beyond 1 + epsilon: objective(1.5, 2, 0.2) is 2.4";
const lowSide = "of a bad token there is nothing to gain below 1 − epsilon: objective(0.5, −1, 0.2) is −0.8";
const stillPunished =
  "the smaller of the two counts: a bad token that has become likelier is punished in full, objective(1.5, −1, 0.2) is −1.5";

const kl = (score: number, logProbs: readonly number[], reference: readonly number[], klCoef: number): number[] =>
  logProbs.map((logProb, t) => -klCoef * (logProb - reference[t]!) + (t === logProbs.length - 1 ? score : 0));

function gae(rewards: readonly number[], values: readonly number[], lam: number): number[] {
  const advantages = rewards.map(() => 0);
  let later = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    later = rewards[t]! + (values[t + 1] ?? 0) - values[t]! + lam * later;
    advantages[t] = later;
  }
  return advantages;
}

const clip = (ratio: number, epsilon: number): number => Math.min(1 + epsilon, Math.max(1 - epsilon, ratio));

export const rlhf: readonly Exercise[] = [
  exercise<Preferred>({
    id: "10-preferred",
    question: "Write preferred(a, b): the probability that an answer with score a is preferred to one with score b.",
    expects: "function",
    checks: [
      [(preferred) => near(preferred(3, 3), 0.5), even],
      [(preferred) => near(preferred(101, 100), preferred(1, 0)), onlyDifferences],
      [(preferred) => near(preferred(1, 0), 1 / (1 + Math.exp(-1))), sigmoid],
    ],
    hints: ["It is a sigmoid of a difference. Which way round?", "1 / (1 + Math.exp(b - a))"],
    wrong: [
      { answer: (a: number, b: number): number => Number(a > b), message: even },
      { answer: (a: number, b: number): number => (a === b ? 0.5 : a / (a + b)), message: onlyDifferences },
      { answer: (a: number, b: number): number => 1 / (1 + Math.exp(a - b)), message: sigmoid },
    ],
    solution: (a, b) => 1 / (1 + Math.exp(b - a)),
  }),
  exercise<KlOfBest>({
    id: "10-best-of",
    question: "Write klOfBest(n): how far, in nats and at most, the best of n answers is from the policy that wrote them.",
    expects: "function",
    checks: [
      [(klOfBest) => near(klOfBest(1), 0), oneIsFree],
      [(klOfBest) => !near(klOfBest(2), Math.log(2)), lessThanLog],
      [(klOfBest) => near(klOfBest(64), Math.log(64) - 63 / 64), inNats],
      [(klOfBest) => near(klOfBest(7), Math.log(7) - 6 / 7), "klOfBest(7) is ln 7 − 6/7 = 1.089"],
    ],
    hints: ["The formula is above the table of rivals.", "Math.log(n) - (n - 1) / n"],
    wrong: [
      { answer: (n: number): number => n, message: oneIsFree },
      { answer: (n: number): number => Math.log(n), message: lessThanLog },
      { answer: (n: number): number => Math.log2(n) - (n - 1) / n, message: inNats },
    ],
    solution: (n) => Math.log(n) - (n - 1) / n,
  }),
  exercise<TokenRewards>({
    id: "10-token-rewards",
    question: "Write tokenRewards(score, logProbs, referenceLogProbs, klCoef): the reward of each token of an answer.",
    expects: "function",
    checks: [
      [(rewards) => rewards(2, [-1, -2, -1], [-1, -1, -1], 0.1).length === 3, oneEach],
      [(rewards) => alike(rewards(2, [-1, -2, -1], [-1, -1, -3], 0), [0, 0, 2]), scoreLast],
      [(rewards) => rewards(0, [-1, -1], [-2, -2], 0.1)[0]! < 0, dearer],
      [(rewards) => alike(rewards(2, [-1, -2, -1], [-2, -1, -1.5], 0.1), [-0.1, 0.1, 1.95]), byCoefficient],
    ],
    hints: [
      "Two parts: what each token pays, and what only the last one gets.",
      "logProbs.map((logProb, t) => -klCoef * (logProb - referenceLogProbs[t]) + (t is the last ? score : 0))",
    ],
    wrong: [
      { answer: (score: number): number[] => [score], message: oneEach },
      { answer: (score: number, logProbs: number[]): number[] => logProbs.map(() => score), message: scoreLast },
      {
        answer: (score: number, logProbs: number[], reference: number[], klCoef: number): number[] =>
          kl(score, logProbs, reference, -klCoef),
        message: dearer,
      },
      {
        answer: (score: number, logProbs: number[], reference: number[], klCoef: number): number[] =>
          kl(score, logProbs, reference, klCoef && 1),
        message: byCoefficient,
      },
    ],
    solution: kl,
  }),
  exercise<AdvantagesOf>({
    id: "10-advantages",
    question: "Write advantages(rewards, values, lam): generalised advantage estimation with γ = 1.",
    expects: "function",
    checks: [
      [(advantages) => alike(advantages([2], [0.5], 0.9), [1.5]), fromTheEnd],
      [(advantages) => alike(advantages([0, 0, 2], [0.5, 1, 1.5], 0), [0.5, 0.5, 0.5]), oneStep],
      [(advantages) => alike(advantages([0, 0, 2], [0.5, 1, 1.5], 1), [1.5, 1, 0.5]), allSteps],
      [(advantages) => alike(advantages([0, 0, 2], [0.5, 1, 1.5], 0.5), [0.875, 0.75, 0.5]), decays],
    ],
    hints: [
      "δ_t = r_t + V_{t+1} − V_t is how much better than expected one token went. Its advantage also has a share of what comes later.",
      "let later = 0; from the last t to the first: later = rewards[t] + (values[t + 1] ?? 0) - values[t] + lam * later",
    ],
    wrong: [
      { answer: (rewards: number[]): number[] => rewards, message: fromTheEnd },
      {
        answer: (rewards: number[], values: number[]): number[] => rewards.map((reward, t) => reward - values[t]!),
        message: oneStep,
      },
      { answer: (rewards: number[], values: number[]): number[] => gae(rewards, values, 0), message: allSteps },
      { answer: (rewards: number[], values: number[], lam: number): number[] => gae(rewards, values, Math.ceil(lam)), message: decays },
    ],
    solution: gae,
  }),
  exercise<Objective>({
    id: "10-clip",
    question: "Write objective(ratio, advantage, epsilon): what PPO makes as large as possible for one token.",
    expects: "function",
    checks: [
      [(objective) => near(objective(1.1, 2, 0.2), 2.2), plainInside],
      [(objective) => near(objective(1.5, 2, 0.2), 2.4), noFurther],
      [(objective) => near(objective(0.5, -1, 0.2), -0.8), lowSide],
      [(objective) => near(objective(1.5, -1, 0.2), -1.5), stillPunished],
    ],
    hints: [
      "Two candidates: ratio · advantage, and the same with the ratio clipped to 1 ± epsilon. Which one counts?",
      "Math.min(ratio * advantage, clippedRatio * advantage)",
    ],
    wrong: [
      { answer: (_: number, advantage: number): number => advantage, message: plainInside },
      { answer: (ratio: number, advantage: number): number => ratio * advantage, message: noFurther },
      {
        answer: (ratio: number, advantage: number, epsilon: number): number => Math.min(ratio, 1 + epsilon) * advantage,
        message: lowSide,
      },
      { answer: (ratio: number, advantage: number, epsilon: number): number => clip(ratio, epsilon) * advantage, message: stillPunished },
    ],
    solution: (ratio, advantage, epsilon) => Math.min(ratio * advantage, clip(ratio, epsilon) * advantage),
  }),
];
