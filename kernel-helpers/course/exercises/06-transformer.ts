/** Exercises of notebook 06: attention by hand, what a model is asked, how large it is, how its loss is told, how it is drawn from, what size buys. */
import { exercise, type Exercise } from "../exercise.ts";

type Attend = (query: readonly number[], keys: readonly (readonly number[])[], values: readonly (readonly number[])[]) => number[];
type WindowAt = (ids: readonly number[], start: number, length: number) => { inputs: number[]; targets: number[] };
type CountParameters = (size: { vocabulary: number; context: number; layers: number; width: number }) => number;
type BitsPerByte = (nats: number, tokens: number, text: string) => number;
type Soften = (probabilities: readonly number[], temperature: number) => number[];

const near = (one: number, other: number, tolerance: number = 1e-6): boolean =>
  Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other));
const allNear = (one: readonly number[], other: readonly number[], tolerance: number = 1e-6): boolean =>
  one.length === other.length && one.every((number, place) => near(number, other[place]!, tolerance));
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((number, place) => number * b[place]!));

/** Attention with another way from scores to weights. */
const attendBy =
  (weigh: (scores: number[], width: number) => number[]): Attend =>
  (query, keys, values) => {
    const weights = weigh(
      keys.map((key) => dot(query, key)),
      query.length,
    );
    return values[0]!.map((_, column) => sum(weights.map((weight, row) => weight * values[row]![column]!)));
  };
const normalized = (numbers: number[]): number[] => numbers.map((number) => number / sum(numbers));
const softmax = (scores: number[]): number[] => normalized(scores.map((score) => Math.exp(score - Math.max(...scores))));

/** ln 3 · √4, so that after the division by √4 the weights are ¾ and ¼. */
const threeToOne = 2 * Math.log(3);
const gpt2Small = { vocabulary: 50257, context: 1024, layers: 12, width: 768 };
const inLayers = ({ layers, width }: { layers: number; width: number }): number => layers * (12 * width ** 2 + 13 * width) + 2 * width;

const messages = {
  equalKeys: "when all keys are alike, every value counts the same: the result is their mean",
  scale: "divide the scores by √D before the softmax: with D = 4 and scores 2·ln 3 and 0 the weights are 3/4 and 1/4",
  overflow: "a score of 1000 gives NaN or Infinity: take the largest score off all of them before exp, which changes nothing else",
  copying: "the target of an input is the token behind it; a model whose targets are its inputs learns to copy",
  tied: "that counts the table of tokens twice: GPT-2's output layer is the same table",
  biases: "the norms (2·C each, two a layer and one at the end) and the biases (3C, C, 4C and C a layer) are learnt, too",
  positions: "a position has a learnt vector, too: context · width",
  bits: "one nat is 1 / ln 2 = 1.4427 bits",
  bytes: "divide by the bytes of the text in UTF-8; a Chinese character has three",
  unnormalized: "the results are probabilities: they add up to 1",
  wrongWay: "below 1 the likely becomes likelier: at 1/2, probabilities 0.8 and 0.2 become 16/17 and 1/17",
};

export const transformer: readonly Exercise[] = [
  exercise<Attend>({
    id: "06-attend",
    question: "Write attend(query, keys, values): the values, weighted by the softmax of query·key/√D.",
    expects: "function",
    checks: [
      [(attend) => allNear(attend([1, 1], [[1, 0], [1, 0]], [[2, 4], [4, 8]]), [3, 6]), messages.equalKeys], // prettier-ignore
      [(attend) => allNear(attend([1, 0, 0, 0], [[threeToOne, 0, 0, 0], [0, 1, 1, 1]], [[1], [0]]), [0.75]), messages.scale], // prettier-ignore
      [(attend) => allNear(attend([1000], [[1], [0]], [[5], [7]]), [5]), messages.overflow],
    ],
    hints: [
      "Three steps: a score for each key, weights from the scores, the weighted sum of the values.",
      "weights = exp(score / √D − largest), each divided by their sum; then result[c] = Σ weights[s] · values[s][c]",
    ],
    wrong: [
      { answer: attendBy(softmax), message: messages.scale },
      { answer: attendBy((scores, width) => softmax(scores.map((score) => score / width))), message: messages.scale },
      { answer: attendBy((scores, width) => scores.map((score) => Math.exp(score / Math.sqrt(width)))), message: messages.equalKeys },
      {
        answer: attendBy((scores, width) => normalized(scores.map((score) => Math.exp(score / Math.sqrt(width))))),
        message: messages.overflow,
      },
    ],
    solution: attendBy((scores, width) => softmax(scores.map((score) => score / Math.sqrt(width)))),
  }),
  exercise<WindowAt>({
    id: "06-window",
    question: "Write windowAt(ids, start, length): the inputs of one window of a text, and the targets of the same length.",
    expects: "function",
    checks: [
      [(at) => same(at([5, 6, 7, 8, 9], 0, 3).inputs, [5, 6, 7]), "the inputs are the ids from start on: of 5 6 7 8 9, from 0, three of them are 5 6 7"],
      [(at) => !same(at([5, 6, 7, 8, 9], 0, 3).targets, [5, 6, 7]), messages.copying],
      [(at) => at([5, 6, 7, 8, 9], 0, 3).targets.length === 3, "every input has a target: three inputs, three targets"],
      [(at) => same(at([5, 6, 7, 8, 9], 0, 3).targets, [6, 7, 8]), "the targets are the same window one place further on: 6 7 8"],
      [(at) => same(at([5, 6, 7, 8, 9], 1, 3), { inputs: [6, 7, 8], targets: [7, 8, 9] }), "from 1, the inputs are 6 7 8 and the targets 7 8 9"],
    ],
    hints: ["What should the model say after having read only the first input?", "ids.slice(start + 1, start + 1 + length)"],
    wrong: [
      {
        answer: (ids: number[], start: number, length: number): unknown => {
          const inputs = ids.slice(start, start + length);
          return { inputs, targets: inputs };
        },
        message: messages.copying,
      },
      {
        answer: (ids: number[], start: number, length: number): unknown => {
          const inputs = ids.slice(start, start + length);
          return { inputs, targets: inputs.slice(1) };
        },
        message: "every input has a target: three inputs, three targets",
      },
      {
        answer: (ids: number[], start: number, length: number): unknown => ({
          inputs: ids.slice(start, start + length),
          targets: ids.slice(start + 2, start + 2 + length),
        }),
        message: "the targets are the same window one place further on: 6 7 8",
      },
      {
        answer: (ids: number[], _: number, length: number): unknown => ({ inputs: ids.slice(0, length), targets: ids.slice(1, length + 1) }),
        message: "from 1, the inputs are 6 7 8 and the targets 7 8 9",
      },
    ],
    solution: (ids, start, length) => ({ inputs: ids.slice(start, start + length), targets: ids.slice(start + 1, start + 1 + length) }),
  }), // prettier-ignore
  exercise<CountParameters>({
    id: "06-parameters",
    question: "Write parameters({ vocabulary, context, layers, width }): how many numbers such a GPT learns. For GPT-2 small it is 124,439,808.",
    expects: "function",
    checks: [
      [(count) => count(gpt2Small) !== 163_037_184, messages.tied],
      [(count) => count(gpt2Small) !== 124_318_464 && count(gpt2Small) !== 124_439_808 - 12 * 13 * 768, messages.biases],
      [(count) => count(gpt2Small) !== 124_439_808 - 1024 * 768, messages.positions],
      [
        (count) => count({ vocabulary: 0, context: 0, layers: 1, width: 10 }) === 1200 + 130 + 20,
        "a layer of width C has 12·C² weights (3 for queries, keys and values, 1 behind the heads, 8 in the MLP), 9·C biases and 4·C in its norms",
      ],
      [(count) => count(gpt2Small) === 124_439_808, "GPT-2 small has 124,439,808: tokens, positions, 12 layers, and the norm at the end"],
    ],
    hints: [
      "print(gpt) above shows each part with its shape.",
      "(vocabulary + context) · C + layers · (12·C² + 13·C) + 2·C",
    ],
    wrong: [
      {
        answer: (size: typeof gpt2Small): number => (2 * size.vocabulary + size.context) * size.width + inLayers(size),
        message: messages.tied,
      },
      {
        answer: ({ vocabulary, context, layers, width }: typeof gpt2Small): number => (vocabulary + context) * width + layers * 12 * width ** 2,
        message: messages.biases,
      },
      {
        answer: (size: typeof gpt2Small): number => size.vocabulary * size.width + inLayers(size),
        message: messages.positions,
      },
      { answer: (): number => 124_439_808, message: "a layer of width C has 12·C² weights (3 for queries, keys and values, 1 behind the heads, 8 in the MLP), 9·C biases and 4·C in its norms" },
    ],
    solution: (size) => (size.vocabulary + size.context) * size.width + inLayers(size),
  }), // prettier-ignore
  exercise<BitsPerByte>({
    id: "06-bits",
    question: "Write bitsPerByte(nats, tokens, text): nats is the mean loss of a token, tokens how many the text has.",
    expects: "function",
    checks: [
      [(bits) => near(bits(Math.LN2, 4, "abcd"), 1), messages.bits],
      [(bits) => near(bits(Math.LN2, 2, "abcd"), 0.5), "two tokens of one bit for four letters are half a bit per byte: multiply by the tokens, divide by the bytes"],
      [(bits) => near(bits(Math.LN2, 3, "床"), 1), messages.bytes],
    ],
    hints: ["How many nats does the whole text take? How many bits are that?", "nats * tokens / Math.LN2 / Buffer.byteLength(text)"],
    wrong: [
      { answer: (nats: number, tokens: number, text: string): number => (nats * tokens) / Buffer.byteLength(text), message: messages.bits },
      { answer: (nats: number): number => nats / Math.LN2, message: "two tokens of one bit for four letters are half a bit per byte: multiply by the tokens, divide by the bytes" },
      { answer: (nats: number, tokens: number, text: string): number => (nats * tokens) / Math.LN2 / text.length, message: messages.bytes },
    ],
    solution: (nats, tokens, text) => (nats * tokens) / Math.LN2 / Buffer.byteLength(text),
  }), // prettier-ignore
  exercise<Soften>({
    id: "06-temperature",
    question: "Write soften(probabilities, temperature): the distribution that sampling at that temperature draws from.",
    expects: "function",
    checks: [
      [(soften) => allNear(soften([0.5, 0.3, 0.2], 1), [0.5, 0.3, 0.2]), "at temperature 1 nothing changes"],
      [(soften) => near(sum(soften([0.8, 0.2], 0.5)), 1), messages.unnormalized],
      [(soften) => allNear(soften([0.8, 0.2], 0.5), [16 / 17, 1 / 17]), messages.wrongWay],
    ],
    hints: [
      "A model divides its logits by the temperature. What does that do to e to the power of a logit?",
      "p ** (1 / temperature), each divided by the sum of all",
    ],
    wrong: [
      {
        answer: (probabilities: number[], temperature: number): number[] => probabilities.map((p) => p ** (1 / temperature)),
        message: messages.unnormalized,
      },
      {
        answer: (probabilities: number[], temperature: number): number[] => normalized(probabilities.map((p) => p ** temperature)),
        message: messages.wrongWay,
      },
      {
        answer: (probabilities: number[], temperature: number): number[] => normalized(probabilities.map((p) => p / temperature)),
        message: messages.wrongWay,
      },
      { answer: (probabilities: number[]): number[] => softmax(probabilities), message: "at temperature 1 nothing changes" },
    ],
    solution: (probabilities, temperature) => normalized(probabilities.map((p) => p ** (1 / temperature))),
  }),
  exercise<number>({
    id: "06-scaling",
    question: "A loss falls with the size N of the model as N^−0.076. How many times as large must the model be for a loss 10 per cent lower?",
    expects: "number",
    checks: [
      [(times) => !near(times, 10, 0.02) && !near(times, 1.1, 0.05), "0.076 is an exponent: ten per cent more size lowers the loss by only 0.7 per cent"],
      [(times) => times > 1, "a larger model has the lower loss: the factor is above 1"],
      [(times) => near(times, 4, 0.02), "(times)^−0.076 = 0.9: take the logarithm of both sides"],
    ],
    hints: ["times ** -0.076 = 0.9. Which times solves that?", "0.9 ** (-1 / 0.076)"],
    wrong: [
      { answer: 1.11, message: "0.076 is an exponent: ten per cent more size lowers the loss by only 0.7 per cent" },
      { answer: 10, message: "0.076 is an exponent: ten per cent more size lowers the loss by only 0.7 per cent" },
      { answer: 0.25, message: "a larger model has the lower loss: the factor is above 1" },
      { answer: 1.316, message: "(times)^−0.076 = 0.9: take the logarithm of both sides" },
    ],
    solution: 0.9 ** (-1 / 0.076),
  }), // prettier-ignore
];
