/** Exercises of notebook 12: routing by hand, capacity, entropy of the load, a bias that balances, parameters of a layer. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

interface Choice {
  expert: number;
  weight: number;
}
type Route = (logits: number[], k: number) => readonly Choice[];
type Capacity = (tokens: number, k: number, experts: number, factor: number) => number;
type Entropy = (load: number[]) => number;
type NextBiases = (biases: number[], load: number[], rate: number) => readonly number[];

const kOfThem = "k experts: route([1, 3, 2], 2) has two entries";
const bestFirst = "the likeliest first: route([1, 3, 2], 2) goes to experts 1 and 2";
const addUp = "the weights of the chosen ones add up to 1";
const bySoftmax = "softmax over the chosen: route([1, 3, 2], 2) has the weights e³ / (e³ + e²) and e² / (e³ + e²)";
const noOverflow = "logits of 1000 make e¹⁰⁰⁰ infinite: take the largest logit off first";

const evenShare = "at a factor of 1 an expert has room for its even share: 100 tokens, 1 of 4 experts each: 25";
const kTimes = "each token makes k choices: with k = 2 twice as many rows are to be placed";
const roundedUp = "rounded up: 10 tokens, 1 of 4 experts, factor 1: 3";

const even = "an even load has an entropy of 1, whatever the number of experts";
const collapsed = "0 · log 0 counts as 0: a load of [9, 0, 0] has an entropy of 0, not NaN";
const dividedByLog = "divided by log E: [5, 5, 0, 0] is log 2 / log 4 = 0.5";

const downForBusy = "an expert with more than the mean goes down, one with less goes up";
const onlySign = "by the sign alone: however far off the load is, a step is as long as the rate";
const stays = "an expert with exactly the mean stays where it is";

const matrices = "an expert has three matrices (gate, up, down), each of 7168 × 2048";
const withShared = "256 experts and the one that all tokens go through: 257";

export const mixtureOfExperts: readonly Exercise[] = [
  exercise<Route>({
    id: "12-route",
    question:
      "Write route(logits, k): the k likeliest experts as { expert, weight }, the likeliest first, with the softmax over the chosen as weights.",
    expects: "function",
    checks: [
      [(route) => route([1, 3, 2], 2).length === 2, kOfThem],
      [
        (route) =>
          route([1, 3, 2], 2)
            .map(({ expert }) => expert)
            .join() === "1,2",
        bestFirst,
      ],
      [
        (route) =>
          near(
            route([0.5, -1, 2, 0], 3).reduce((sum, { weight }) => sum + weight, 0),
            1,
          ),
        addUp,
      ],
      [(route) => near(route([1, 3, 2], 2)[0]?.weight, 1 / (1 + Math.exp(-1))), bySoftmax],
      [(route) => near(route([1000, 1000], 2)[0]?.weight, 0.5), noOverflow],
    ],
    hints: [
      "Sort the experts by their logits and keep k. Then exponentials of what is kept, divided by their sum.",
      "logits.map((logit, expert) => ({ logit, expert })).sort((a, b) => b.logit - a.logit).slice(0, k), and e^(logit − largest)",
    ],
    wrong: [
      { answer: (logits: number[]): Choice[] => logits.map((weight, expert) => ({ expert, weight })), message: kOfThem },
      {
        answer: (_: number[], k: number): Choice[] => Array.from({ length: k }, (_one, expert) => ({ expert, weight: 1 / k })),
        message: bestFirst,
      },
      {
        answer: (logits: number[], k: number): Choice[] =>
          ranked(logits, k).map(({ expert, logit }) => ({ expert, weight: Math.exp(logit) })),
        message: addUp,
      },
      {
        answer: (logits: number[], k: number): Choice[] => ranked(logits, k).map(({ expert }) => ({ expert, weight: 1 / k })),
        message: bySoftmax,
      },
      { answer: (logits: number[], k: number): Choice[] => weighted(ranked(logits, k), 0), message: noOverflow },
    ],
    solution: (logits, k) => weighted(ranked(logits, k), Math.max(...logits)),
  }),
  exercise<Capacity>({
    id: "12-capacity",
    question: "Write capacity(tokens, k, experts, factor): how many rows an expert takes at most.",
    expects: "function",
    checks: [
      [(capacity) => near(capacity(100, 1, 4, 1), 25), evenShare],
      [(capacity) => near(capacity(100, 2, 4, 1), 50), kTimes],
      [(capacity) => near(capacity(10, 1, 4, 1), 3), roundedUp],
      [(capacity) => near(capacity(64, 2, 8, 1.25), 20), "64 tokens, 2 of 8 experts, factor 1.25: 20"],
    ],
    hints: [
      "How many rows are there in all? Each expert's even share of them, times the factor.",
      "Math.ceil(factor · tokens · k / experts)",
    ],
    wrong: [
      { answer: (tokens: number): number => tokens, message: evenShare },
      {
        answer: (tokens: number, _: number, experts: number, factor: number): number => Math.ceil((tokens * factor) / experts),
        message: kTimes,
      },
      {
        answer: (tokens: number, k: number, experts: number, factor: number): number => (tokens * k * factor) / experts,
        message: roundedUp,
      },
    ],
    solution: (tokens, k, experts, factor) => Math.ceil((factor * tokens * k) / experts),
  }),
  exercise<Entropy>({
    id: "12-entropy",
    question: "Write entropyOf(load): −Σ p log p of the experts' shares of the load, divided by log E.",
    expects: "function",
    checks: [
      [(entropyOf) => near(entropyOf([7, 7, 7, 7]), 1) && near(entropyOf([1, 1, 1]), 1), even],
      [(entropyOf) => Math.abs(entropyOf([9, 0, 0])) < 1e-9, collapsed],
      [(entropyOf) => near(entropyOf([5, 5, 0, 0]), 0.5), dividedByLog],
    ],
    hints: ["Shares first: each load divided by their sum.", "Leave out the shares of 0 before you take logarithms."],
    wrong: [
      { answer: (load: number[]): number => entropy(load), message: even },
      {
        answer: (load: number[]): number => shares(load).reduce((sum, p) => sum - p * Math.log(p), 0) / Math.log(load.length),
        message: collapsed,
      },
      { answer: (load: number[]): number => (new Set(load).size === 1 ? 1 : 0), message: dividedByLog },
    ],
    solution: (load) => entropy(load) / Math.log(load.length),
  }),
  exercise<NextBiases>({
    id: "12-bias",
    question: "Write nextBiases(biases, load, rate): each bias one step further, as DeepSeek-V3 moves them.",
    expects: "function",
    checks: [
      [(next) => next([0, 0], [9, 1], 0.1)[0]! < 0 && next([0, 0], [9, 1], 0.1)[1]! > 0, downForBusy],
      [(next) => near(next([0, 0], [9, 1], 0.1)[0], -0.1) && near(next([0, 0], [6, 4], 0.1)[0], -0.1), onlySign],
      [(next) => near(next([0.2, 0, 0], [4, 6, 2], 0.1)[0], 0.2), stays],
      [(next) => near(next([0.5, -0.5], [9, 1], 0.1)[0], 0.4), "biases move on from where they are: 0.5 becomes 0.4"],
    ],
    hints: ["What is the mean load? On which side of it is each expert?", "bias + rate · Math.sign(mean − load)"],
    wrong: [
      {
        answer: (biases: number[], load: number[], rate: number): number[] =>
          biases.map((bias, at) => bias + rate * Math.sign(load[at]! - meanOf(load))),
        message: downForBusy,
      },
      {
        answer: (biases: number[], load: number[], rate: number): number[] =>
          biases.map((bias, at) => bias + rate * (meanOf(load) - load[at]!)),
        message: onlySign,
      },
      {
        answer: (biases: number[], load: number[], rate: number): number[] =>
          biases.map((bias, at) => bias + (load[at]! >= meanOf(load) ? -rate : rate)),
        message: stays,
      },
    ],
    solution: (biases, load, rate) => biases.map((bias, at) => bias + rate * Math.sign(meanOf(load) - load[at]!)),
  }),
  exercise<number>({
    id: "12-parameters",
    question: "How many parameters do the experts of one layer of DeepSeek-V3 have, the shared one included?",
    expects: "number",
    checks: [
      [(count) => Math.abs(count - 257 * 7168 * 2048) > 1e6 && Math.abs(count - 256 * 7168 * 2048) > 1e6, matrices],
      [(count) => Math.abs(count - 256 * 3 * 7168 * 2048) > 1e6, withShared],
      [(count) => count === 257 * 3 * 7168 * 2048, "257 experts of 3 · 7168 · 2048 numbers each"],
    ],
    hints: ["How many matrices has a SwiGLU, and of which size?", "(256 + 1) · 3 · 7168 · 2048"],
    wrong: [
      { answer: 257 * 7168 * 2048, message: matrices },
      { answer: 256 * 3 * 7168 * 2048, message: withShared },
      { answer: 671e9, message: "257 experts of 3 · 7168 · 2048 numbers each" },
    ],
    solution: 257 * 3 * 7168 * 2048,
  }),
];

const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function shares(load: readonly number[]): number[] {
  const total = load.reduce((sum, count) => sum + count, 0);
  return load.map((count) => count / total);
}

const entropy = (load: readonly number[]): number =>
  shares(load)
    .filter((p) => p > 0)
    .reduce((sum, p) => sum - p * Math.log(p), 0);

interface Ranked {
  expert: number;
  logit: number;
}

const ranked = (logits: readonly number[], k: number): Ranked[] =>
  logits
    .map((logit, expert) => ({ expert, logit }))
    .toSorted((a, b) => b.logit - a.logit)
    .slice(0, k);

function weighted(chosen: readonly Ranked[], less: number): Choice[] {
  const exponentials = chosen.map(({ logit }) => Math.exp(logit - less));
  const total = exponentials.reduce((sum, number) => sum + number, 0);
  return chosen.map(({ expert }, at) => ({ expert, weight: exponentials[at]! / total }));
}
