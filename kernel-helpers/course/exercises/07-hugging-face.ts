/** Exercises of notebook 07: what a file holds, what rounding does, what perplexity means, what is drawn from, what a cache takes. */
import { exercise, type Exercise } from "../exercise.ts";

type CountParameters = (header: Record<string, unknown>) => number;
type RoundTo = (values: readonly number[], bits: number) => number[];
type Perplexity = (probabilities: readonly number[]) => number;
type Nucleus = (probabilities: readonly number[], p: number) => number[];
type CacheBytes = (model: { layers: number; keyValueHeads: number; headSize: number; bytes: number }, tokens: number) => number;

const near = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(other));
const allNear = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((number, place) => near(number, other[place]!));
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}
const header = {
  __metadata__: { format: "pt" },
  "wte.weight": { dtype: "F32", shape: [5, 4], data_offsets: [0, 80] },
  "h.0.weight": { dtype: "F16", shape: [4, 4], data_offsets: [80, 112] },
  scale: { dtype: "F32", shape: [], data_offsets: [112, 116] },
};
const tensorsOf = (all: Record<string, unknown>): Entry[] =>
  Object.entries(all)
    .filter(([name]) => name !== "__metadata__")
    .map(([, entry]) => entry as Entry);

/** A grid of steps of this size, up to `levels` steps to either side. */
const onGrid = (values: readonly number[], step: number, levels = Infinity): number[] =>
  values.map((value) => step * Math.max(-levels, Math.min(levels, Math.round(value / step))));
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/** The ids from the likeliest on. */
const byProbability = (probabilities: readonly number[]): number[] =>
  probabilities.map((_, id) => id).toSorted((one, other) => probabilities[other]! - probabilities[one]!);
const smolLM2 = { layers: 30, keyValueHeads: 3, headSize: 64, bytes: 4 };

const messages = {
  metadata: 'the key "__metadata__" is not a tensor: leave it out',
  scalar: "a tensor of shape [] is one number: the product of no sizes is 1",
  types: "count numbers, not bytes: F16 takes two bytes for each, F32 four",
  step: "three bits are the steps −3 to 3: of [3, 1.4, −0.2], the largest is 3, the step 1, and the result [3, 1, 0]",
  zeros: "where all numbers are 0 the step is 0, and 0 / 0 is NaN: give zeros back",
  sign: "the largest number by its size may be negative: take Math.abs first",
  geometric: "take the mean of the logarithms: one token of probability 1/8 and one of 1/2 give 4, as two of 1/4 do",
  impossible: "a token that the model held for impossible makes the perplexity infinite",
  enough: "of 0.5, 0.3, 0.2 the first two reach 0.7, so there is no need for the third",
  order: "begin with the likeliest: of 0.2, 0.7, 0.1 that is id 1",
  one: "the token that takes the sum past p belongs to it: where the first has 0.9 and p is 0.5, the first is kept",
  both: "keys and values: two tensors in each layer",
  bytes: "each number takes `bytes` bytes",
};

export const huggingFace: readonly Exercise[] = [
  exercise<CountParameters>({
    id: "07-header",
    question: "Write parameters(header): how many numbers a safetensors file holds, from the JSON at its beginning.",
    expects: "function",
    checks: [
      [(count) => count(header) !== 116 && count(header) !== 29, messages.types],
      [(count) => near(count({ __metadata__: { format: "pt" }, a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] } }), 6), messages.metadata],
      [(count) => near(count({ a: { dtype: "F32", shape: [], data_offsets: [0, 4] } }), 1), messages.scalar],
      [(count) => near(count(header), 37), "the header with a (5, 4), a (4, 4) and a single number has 20 + 16 + 1 = 37"],
    ],
    hints: ["Each entry but one has a shape. How many numbers has a tensor of shape [5, 4]?", "shape.reduce((product, size) => product * size, 1), and the sum of these"],
    wrong: [
      { answer: (all: Record<string, unknown>): number => sum(tensorsOf(all).map(({ data_offsets: [from, to] }) => to - from)), message: messages.types },
      { answer: (all: Record<string, unknown>): number => sum(tensorsOf(all).map(({ shape }) => (shape.length === 0 ? 0 : product(shape)))), message: messages.scalar },
      { answer: (all: Record<string, unknown>): number => sum(Object.values(all).map((entry) => product((entry as Entry).shape ?? [1]))), message: messages.metadata },
    ],
    solution: (all) => sum(tensorsOf(all).map(({ shape }) => product(shape))),
  }),
  exercise<RoundTo>({
    id: "07-round",
    question: "Write roundTo(values, bits): each number to the nearest multiple of a step, of which the largest is 2^(bits − 1) − 1 away from 0.",
    expects: "function",
    checks: [
      [(round) => allNear(round([-4, 1, 3], 3), [-4, 4 / 3, 8 / 3]), messages.sign],
      [(round) => allNear(round([3, 1.4, -0.2], 3), [3, 1, 0]), messages.step],
      [(round) => allNear(round([127, 0.6, -126.4], 8), [127, 1, -126]), "eight bits have 127 steps to either side"],
      [(round) => allNear(round([0, 0], 4), [0, 0]), messages.zeros],
    ],
    hints: ["How large must a step be, if the largest number is to lie 2^(bits − 1) − 1 of them away from 0?", "step = largest / (2 ** (bits - 1) - 1); then step * Math.round(value / step)"],
    wrong: [
      { answer: (values: number[], bits: number): number[] => onGrid(values, Math.max(...values) / (2 ** (bits - 1) - 1), 2 ** (bits - 1) - 1), message: messages.sign },
      { answer: (values: number[], bits: number): number[] => onGrid(values, largest(values) / 2 ** (bits - 1)), message: messages.sign },
      { answer: (values: number[], bits: number): number[] => onGrid(values, largest(values) / (2 ** (bits - 1) - 1)), message: messages.zeros },
    ],
    solution: (values, bits) => {
      const step = largest(values) / (2 ** (bits - 1) - 1);
      return values.map((value) => (step === 0 ? 0 : step * Math.round(value / step)));
    },
  }),
  exercise<Perplexity>({
    id: "07-perplexity",
    question: "Write perplexity(probabilities), given the probability that a model gave to each token that came.",
    expects: "function",
    checks: [
      [(perplexity) => near(perplexity([0.25, 0.25]), 4), "a model that wavers between four tokens all the time has a perplexity of 4"],
      [(perplexity) => near(perplexity([1 / 8, 1 / 2]), 4), messages.geometric],
      [(perplexity) => near(perplexity([1, 1, 1]), 1), "a model that is always sure, and right, has a perplexity of 1"],
      [(perplexity) => perplexity([0.5, 0]) === Infinity, messages.impossible],
    ],
    hints: ["The loss of a token is −ln p. What is done with the mean of all losses?", "Math.exp(−mean of Math.log(p))"],
    wrong: [
      { answer: (probabilities: number[]): number => 1 / mean(probabilities), message: messages.geometric },
      { answer: (probabilities: number[]): number => mean(probabilities.map((p) => 1 / p)), message: messages.geometric },
      { answer: (probabilities: number[]): number => mean(probabilities.map((p) => -Math.log(p))), message: "a model that wavers between four tokens all the time has a perplexity of 4" },
      { answer: (probabilities: number[]): number => Math.exp(-mean(probabilities.map((p) => Math.log(Math.max(p, 1e-9))))), message: messages.impossible },
    ],
    solution: (probabilities) => Math.exp(-mean(probabilities.map(Math.log))),
  }),
  exercise<Nucleus>({
    id: "07-nucleus",
    question: "Write nucleus(probabilities, p): the ids that top-p draws from, the likeliest first: as few as together have at least p.",
    expects: "function",
    checks: [
            [(nucleus) => same(nucleus([0.9, 0.1], 0.5), [0]), messages.one],
            [(nucleus) => same(nucleus([0.2, 0.7, 0.1], 0.6), [1]), messages.order],
      [(nucleus) => same(nucleus([0.5, 0.3, 0.2], 0.7), [0, 1]), messages.enough],
      [(nucleus) => same(nucleus([0.25, 0.5, 0.25], 1), [1, 0, 2]), "with p = 1 all are kept"],
    ],
    hints: ["Sort the ids by their probability. Then add up.", "Take ids until their sum is p or more."],
    wrong: [
      {
        answer: (probabilities: number[], p: number): number[] => {
          let before = 0;
          return probabilities.map((_, id) => id).filter((id) => (before += probabilities[id]!) - probabilities[id]! < p);
        },
        message: messages.order,
      },
      {
        answer: (probabilities: number[], p: number): number[] => {
          let total = 0;
          return byProbability(probabilities).filter((id) => (total += probabilities[id]!) <= p);
        },
        message: messages.one,
      },
      { answer: (probabilities: number[], p: number): number[] => byProbability(probabilities).filter((id) => probabilities[id]! >= 1 - p), message: messages.enough },
    ],
    solution: (probabilities, p) => {
      let before = 0;
      return byProbability(probabilities).filter((id) => (before += probabilities[id]!) - probabilities[id]! < p);
    },
  }),
  exercise<CacheBytes>({
    id: "07-cache",
    question: "Write cacheBytes({ layers, keyValueHeads, headSize, bytes }, tokens): the bytes of the key-value cache for so many tokens.",
    expects: "function",
    checks: [
      [(size) => !near(size({ ...smolLM2, layers: 1 }, 1), 3 * 64 * 4), messages.both],
      [(size) => !near(size(smolLM2, 1), 2 * 30 * 3 * 64), messages.bytes],
      [(size) => near(size(smolLM2, 1), 46_080), "SmolLM2 keeps 2 · 30 · 3 · 64 numbers of 4 bytes, or 46,080 bytes, for a token"],
      [(size) => near(size(smolLM2, 8192), 46_080 * 8192), "twice as many tokens take twice the room"],
    ],
    hints: ["What is kept of a token in one layer, and how many numbers has it?", "2 * layers * keyValueHeads * headSize * bytes * tokens"],
    wrong: [
      { answer: (model: typeof smolLM2, tokens: number): number => model.layers * model.keyValueHeads * model.headSize * model.bytes * tokens, message: messages.both },
      { answer: (model: typeof smolLM2, tokens: number): number => 2 * model.layers * model.keyValueHeads * model.headSize * tokens, message: messages.bytes },
      { answer: (model: typeof smolLM2, tokens: number): number => 2 * model.layers * model.keyValueHeads * model.headSize * model.bytes * tokens ** 2, message: "twice as many tokens take twice the room" },
    ],
    solution: ({ layers, keyValueHeads, headSize, bytes }, tokens) => 2 * layers * keyValueHeads * headSize * bytes * tokens,
  }),
]; // prettier-ignore
