/** Exercises of notebook 17: percentiles, what a prefix cache spares, Little's law, how long a canary takes, when a server of one's own is cheaper. */
import { exercise, type Exercise } from "../exercise.ts";

interface Prices {
  yuanPerMonth: number;
  promptTokens: number;
  newTokens: number;
  yuanPerMillionRead: number;
  yuanPerMillionWritten: number;
}
type Percentile = (values: readonly number[], percent: number) => number;
type Spared = (kept: readonly number[], prompt: readonly number[], size: number) => number;
type Slots = (rate: number, seconds: number, utilisation: number) => number;
type AnswersNeeded = (fault: number, confidence: number) => number;
type BreakEven = (prices: Prices) => number;

const ascending = (values: readonly number[]): number[] => values.toSorted((one, other) => one - other);
const ten = [10, 1, 9, 2, 8, 3, 7, 4, 6, 5];

function commonStart(one: readonly number[], other: readonly number[], most: number): number {
  let same = 0;
  while (same < most && same < one.length && one[same] === other[same]) same++;
  return same;
}

const prices: Prices = { yuanPerMonth: 300, promptTokens: 1000, newTokens: 100, yuanPerMillionRead: 1, yuanPerMillionWritten: 5 };
const costOf = ({ promptTokens, newTokens, yuanPerMillionRead, yuanPerMillionWritten }: Prices): number =>
  (promptTokens * yuanPerMillionRead + newTokens * yuanPerMillionWritten) / 1e6;

const messages = {
  order: "values come in any order, and 10 is more than 9: sort them as numbers",
  rank: "of ten values, the fifth is the 50th percentile: the rank is percent / 100 · count, rounded up",
  one: "of a single value, every percentile is that value",
  kept: "sorting must not change the list that was given: copy it first",
  blocks: "a block that is the same only in part has to be read whole",
  last: "the last token of the prompt is read in any case, for its logits are needed",
  start: "after the first difference nothing is the same, even where the tokens are",
  product: "2 requests per second that stay for 3 seconds are 6 at any time",
  whole: "there is no half slot: round up",
  headroom: "at a utilisation of 0.5 twice as many slots are needed",
  mean: "1 / fault is when the first failure is expected; at that number it has come with a probability of 63 % only",
  none: "the probability that none of n fails is (1 − fault)ⁿ, and that has to be 1 − confidence or less",
  certain: "a version that always fails is found by one answer",
  written: "tokens that are written have their own price",
  million: "prices are for a million tokens",
  answers: "there is no half answer: round up",
};

export const production: readonly Exercise[] = [
  exercise<Percentile>({
    id: "17-percentile",
    question: "Write percentile(values, percent) by nearest rank.",
    expects: "function",
    checks: [
      [(percentile) => percentile(ten, 100) === 10 && percentile(ten, 90) === 9, messages.order],
      [(percentile) => percentile(ten, 50) === 5 && percentile(ten, 51) === 6, messages.rank],
      [(percentile) => [1, 50, 99].every((percent) => percentile([7], percent) === 7), messages.one],
      [
        (percentile) => {
          const given = [3, 1, 2];
          percentile(given, 50);
          return given.join() === "3,1,2";
        },
        messages.kept,
      ],
    ],
    hints: [
      "Copy and sort: [...values].sort((one, other) => one - other). sort() alone compares texts.",
      "sorted[Math.ceil((percent / 100) * sorted.length) - 1]",
    ],
    wrong: [
      {
        answer: (values: number[], percent: number): number => [...values].sort()[Math.ceil((percent / 100) * values.length) - 1]!, // oxlint-disable-line require-array-sort-compare -- the mistake
        message: messages.order,
      },
      {
        answer: (values: number[], percent: number): number =>
          ascending(values)[Math.min(values.length - 1, Math.round((percent / 100) * (values.length - 1)))]!,
        message: messages.rank,
      },
      {
        answer: (values: number[], percent: number): number =>
          values.sort((one, other) => one - other)[Math.ceil((percent / 100) * values.length) - 1]!,
        message: messages.kept,
      },
    ],
    solution: (values, percent) => ascending(values)[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)]!,
  }),
  exercise<Spared>({
    id: "17-prefix",
    question: "Write spared(kept, prompt, size): how many tokens of the prompt need not be read.",
    expects: "function",
    checks: [
      [(spared) => spared([1, 2, 3, 4, 5], [1, 2, 3, 4, 9, 9], 2) === 4, "1 2 and 3 4 are two whole blocks: 4"],
      [(spared) => spared([1, 2, 3, 4], [1, 2, 3, 9, 9], 2) === 2, messages.blocks],
      [(spared) => spared([9, 2, 3, 4], [1, 2, 3, 4, 5], 2) === 0, messages.start],
      [(spared) => spared([1, 2, 3, 4], [1, 2, 3, 4], 2) === 2 && spared([1, 2, 3], [1, 2, 3], 1) === 2, messages.last],
    ],
    hints: [
      "Count from the left while both have the same token, up to prompt.length − 1.",
      "Then leave out what does not fill a block: same - (same % size)",
    ],
    wrong: [
      {
        answer: (kept: number[], prompt: number[]): number => commonStart(kept, prompt, prompt.length - 1),
        message: messages.blocks,
      },
      {
        answer: (kept: number[], prompt: number[], size: number): number => {
          const same = commonStart(kept, prompt, prompt.length);
          return same - (same % size);
        },
        message: messages.last,
      },
      {
        answer: (kept: number[], prompt: number[], size: number): number => {
          const same = prompt.filter((id, at) => at < prompt.length - 1 && kept[at] === id).length;
          return same - (same % size);
        },
        message: messages.start,
      },
    ],
    solution: (kept, prompt, size) => {
      const same = commonStart(kept, prompt, prompt.length - 1);
      return same - (same % size);
    },
  }),
  exercise<Slots>({
    id: "17-little",
    question: "Write slots(rate, seconds, utilisation): how many slots a server needs, by Little's law.",
    expects: "function",
    checks: [
      [(slots) => slots(2, 3, 1) === 6, messages.product],
      [(slots) => slots(2, 3, 0.5) === 12, messages.headroom],
      [(slots) => slots(1, 2.5, 1) === 3 && slots(0.1, 1, 0.8) === 1, messages.whole],
    ],
    hints: ["First the requests that are in the server: rate × seconds.", "Math.ceil((rate * seconds) / utilisation)"],
    wrong: [
      { answer: (rate: number, seconds: number): number => seconds / rate, message: messages.product },
      { answer: (rate: number, seconds: number): number => Math.ceil(rate * seconds), message: messages.headroom },
      {
        answer: (rate: number, seconds: number, utilisation: number): number => Math.round((rate * seconds) / utilisation),
        message: messages.whole,
      },
    ],
    solution: (rate, seconds, utilisation) => Math.ceil((rate * seconds) / utilisation - 1e-9),
  }),
  exercise<AnswersNeeded>({
    id: "17-canary",
    question: "Write answersNeeded(fault, confidence): how many answers until one has failed with that probability.",
    expects: "function",
    checks: [
      [(needed) => needed(0.5, 0.75) === 2, "two answers of which each fails with 0.5: none fails with 0.25, so 2"],
      [(needed) => needed(0.01, 0.95) > 200, messages.mean],
      [(needed) => needed(0.01, 0.95) === 299 && needed(0.1, 0.9) === 22, messages.none],
      [(needed) => needed(1, 0.99) === 1, messages.certain],
    ],
    hints: [
      "Solve (1 − fault)ⁿ = 1 − confidence for n, by logarithms.",
      "Math.ceil(Math.log(1 - confidence) / Math.log(1 - fault)), and 1 where fault is 1",
    ],
    wrong: [
      { answer: (fault: number): number => Math.ceil(1 / fault), message: messages.mean },
      { answer: (fault: number, confidence: number): number => Math.ceil(confidence / fault), message: messages.mean },
      {
        answer: (fault: number, confidence: number): number => Math.round(-Math.log(1 - confidence) / fault) - (fault === 0.5 ? 1 : 0),
        message: messages.none,
      },
    ],
    solution: (fault, confidence) => (fault >= 1 ? 1 : Math.ceil(Math.log(1 - confidence) / Math.log(1 - fault) - 1e-9)),
  }),
  exercise<BreakEven>({
    id: "17-cost",
    question: "Write breakEven(prices): from how many answers per month on a server of one's own is cheaper.",
    expects: "function",
    checks: [
      [(breakEven) => breakEven({ ...prices, newTokens: 0 }) < 1e7, messages.million],
      [(breakEven) => Math.abs(breakEven({ ...prices, newTokens: 0 }) - 300_000) < 1, "1,000 tokens at 1 yuan a million are 0.001 yuan"],
      [(breakEven) => Math.abs(breakEven(prices) - 200_000) < 1, messages.written],
      [(breakEven) => breakEven({ ...prices, yuanPerMonth: 0.002 }) === 2, messages.answers],
    ],
    hints: [
      "First what one answer costs there: tokens read × their price + tokens written × theirs, divided by a million.",
      "Math.ceil(yuanPerMonth / answer)",
    ],
    wrong: [
      {
        answer: (given: Prices): number => Math.ceil(given.yuanPerMonth / ((given.promptTokens * given.yuanPerMillionRead) / 1e6)),
        message: messages.written,
      },
      {
        answer: (given: Prices): number =>
          Math.ceil(given.yuanPerMonth / (((given.promptTokens + given.newTokens) * given.yuanPerMillionRead) / 1e6)),
        message: messages.written,
      },
      { answer: (given: Prices): number => given.yuanPerMonth / costOf(given), message: messages.answers },
      { answer: (given: Prices): number => (given.yuanPerMonth / costOf(given)) * 1e6, message: messages.million },
    ],
    solution: (given) => Math.ceil(given.yuanPerMonth / costOf(given) - 1e-9),
  }),
];
