/** Exercises of notebook 08: what counts as right, what is learnt, how many numbers that takes, how they are merged, what memory training needs. */
import { exercise, type Exercise } from "../exercise.ts";

type IsRight = (text: string, expected: object) => boolean;
type TargetsOf = (prompt: readonly number[], answer: readonly number[]) => number[];
type CountAdapter = (shapes: readonly (readonly [number, number])[], rank: number) => number;
type Merge = (
  weight: readonly (readonly number[])[],
  A: readonly (readonly number[])[],
  B: readonly (readonly number[])[],
  alpha: number,
) => number[][];
type BytesOf = (sizes: { parameters: number; trainable: number }) => number;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** JSON text whose objects have their keys in the order of the alphabet. */
function sorted(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${sorted(inner)}`).join(",")}}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** W + factor(alpha, rank) · (B · A), where B · A is computed by the rows of B. */
const mergeBy =
  (factor: (alpha: number, rank: number) => number): Merge =>
  (weight, A, B, alpha) =>
    weight.map((row, o) =>
      row.map((number, i) => number + factor(alpha, A.length) * A.reduce((sum, lower, r) => sum + B[o]![r]! * lower[i]!, 0)),
    );

const timer = { tool: "timer", minutes: 5 };
const order = { tool: "order", items: { bagels: 2, "hot chocolate": 1 } };
const smolLayer = [
  [576, 576],
  [192, 576],
  [192, 576],
  [576, 576],
  [1536, 576],
  [1536, 576],
  [576, 1536],
] as const;

const messages = {
  keyOrder: 'JSON objects have no order: {"minutes":5,"tool":"timer"} is the same call',
  inner: "the order of keys does not matter inside items either",
  spaces: 'spaces mean nothing in JSON: {"tool": "timer", "minutes": 5} is the same call',
  invalid: 'text that is not JSON is wrong, not an error: "Sure! The timer is set."',
  number: 'the number 5 and the text "5" are not the same: a program that adds minutes would fail',
  more: 'an argument too many is wrong: {"tool":"timer","minutes":5,"day":"today"}',
  promptLearnt: "the prompt's tokens are not to be learnt: their targets are −100",
  shift: "a target is the token *behind* its input: for prompt 1 2 and answer 3 4, the input 2 has the target 3",
  length: "inputs are all tokens but the last, so there is one target fewer than there are tokens",
  product: "A is rank × in and B is out × rank: that makes rank · (in + out) for each matrix, not in · out",
  all: "every matrix has its own A and B: add them up",
  scale: "what B · A adds is scaled by alpha / rank",
  transposed: "B · A, not A · B: row o of B times column i of A",
  weights: "the frozen weights must be in memory, too: 4 bytes each",
  adam: "AdamW keeps two numbers for each number it learns, and there is its gradient: 12 bytes more",
  everything: "only what is learnt has a gradient and moments: that is what LoRA saves",
};

export const fineTuning: readonly Exercise[] = [
  exercise<IsRight>({
    id: "08-right",
    question: "Write isRight(text, expected): whether a model's text is the expected call, whatever the order of its keys.",
    expects: "function",
    checks: [
      [(isRight) => isRight('{"tool":"timer","minutes":5}', timer), "the very text of the expected call is right"],
      [(isRight) => isRight('{"tool": "timer", "minutes": 5}', timer), messages.spaces],
      [(isRight) => isRight('{"minutes":5,"tool":"timer"}', timer), messages.keyOrder],
      [(isRight) => isRight('{"items":{"hot chocolate":1,"bagels":2},"tool":"order"}', order), messages.inner],
      [(isRight) => !isRight('{"tool":"timer","minutes":"5"}', timer), messages.number],
      [(isRight) => !isRight('{"tool":"timer","minutes":5,"day":"today"}', timer), messages.more],
      [
        (isRight) => {
          try {
            return !isRight("Sure! The timer is set.", timer);
          } catch {
            return false;
          }
        },
        messages.invalid,
      ],
    ],
    hints: [
      "Two steps: JSON.parse inside try, then a comparison of two objects.",
      "Compare keys sorted, and their values in the same way; or isDeepStrictEqual of node:util, which does that.",
    ],
    wrong: [
      { answer: (text: string, expected: object): boolean => text === JSON.stringify(expected), message: messages.spaces },
      { answer: (text: string, expected: object): boolean => same(parsed(text), expected), message: messages.keyOrder },
      {
        answer: (text: string, expected: object): boolean => {
          const given = (parsed(text) ?? {}) as Record<string, unknown>;
          return Object.entries(expected).every(([key, value]) => sorted(given[key]) === sorted(value));
        },
        message: messages.more,
      },
      { answer: (text: string, expected: object): boolean => sorted(JSON.parse(text)) === sorted(expected), message: messages.invalid },
    ],
    solution: (text, expected) => sorted(parsed(text)) === sorted(expected),
  }), // prettier-ignore
  exercise<TargetsOf>({
    id: "08-targets",
    question: "Write targetsOf(prompt, answer): what each input is to predict, with −100 where nothing is to be learnt.",
    expects: "function",
    checks: [
      [(targets) => targets([1, 2], [3, 4]).length === 3, messages.length],
      [(targets) => targets([1, 2], [3, 4])[0] === -100, messages.promptLearnt],
      [(targets) => same(targets([1, 2], [3, 4]), [-100, 3, 4]), messages.shift],
      [(targets) => same(targets([7], [8, 9, 10]), [8, 9, 10]), "a prompt of one token: its target is the first token of the answer"],
    ],
    hints: [
      "Write the tokens in a row and each one's follower below it. Which followers belong to the answer?",
      "[...prompt.slice(1).map(() => -100), ...answer]",
    ],
    wrong: [
      { answer: (prompt: number[], answer: number[]): number[] => [...prompt, ...answer].slice(1), message: messages.promptLearnt },
      { answer: (prompt: number[], answer: number[]): number[] => [...prompt.map(() => -100), ...answer], message: messages.length },
      {
        answer: (prompt: number[], answer: number[]): number[] => [...prompt.map(() => -100), ...answer.slice(1)],
        message: messages.shift,
      },
    ],
    solution: (prompt, answer) => [...prompt.slice(1).map(() => -100), ...answer],
  }),
  exercise<CountAdapter>({
    id: "08-adapter",
    question: "Write adapterSize(shapes, rank): how many numbers LoRA learns for matrices of those [out, in] shapes.",
    expects: "function",
    checks: [
      [(count) => count([[10, 20]], 2) === 60, messages.product], // prettier-ignore
      [(count) => count([[10, 20], [10, 20]], 2) === 120, messages.all], // prettier-ignore
      [(count) => count(smolLayer, 8) * 30 === 2_442_240, "all seven matrices of SmolLM2's 30 layers at rank 8 are 2,442,240"],
    ],
    hints: ["A takes `in` numbers down to `rank`, B brings them up to `out`.", "rank * (out + in), added up over all shapes"],
    wrong: [
      {
        answer: (shapes: [number, number][], rank: number): number => shapes.reduce((sum, [out, into]) => sum + rank * out * into, 0),
        message: messages.product,
      },
      { answer: ([[out, into]]: [[number, number]], rank: number): number => rank * (out + into), message: messages.all },
    ],
    solution: (shapes, rank) => shapes.reduce((sum, [out, into]) => sum + rank * (out + into), 0),
  }),
  exercise<Merge>({
    id: "08-merge",
    question: "Write merge(weight, A, B, alpha): the matrix that does alone what the weight and its adapter do together. Rows are arrays.",
    expects: "function",
    checks: [
      [(merge) => same(merge([[1, 2], [3, 4]], [[1, 1]], [[0], [0]], 2), [[1, 2], [3, 4]]), "while B is zero, nothing changes"], // prettier-ignore
      [(merge) => same(merge([[0, 0], [0, 0]], [[1, 2]], [[3], [5]], 1), [[3, 6], [5, 10]]), messages.transposed], // prettier-ignore
      [(merge) => same(merge([[0]], [[1], [1]], [[1, 1]], 4), [[4]]), messages.scale],
      [(merge) => same(merge([[1, 1, 1]], [[1, 0, 2]], [[1]], 3), [[4, 1, 7]]), "a matrix of one row and three columns: 1 + 3·1, 1 + 3·0, 1 + 3·2"], // prettier-ignore
    ],
    hints: ["The rank is the number of rows of A.", "weight[o][i] + (alpha / A.length) · Σ over r of B[o][r] · A[r][i]"],
    wrong: [
      { answer: mergeBy((alpha) => alpha), message: messages.scale },
      { answer: mergeBy(() => 1), message: messages.scale },
      {
        answer: (weight: number[][], A: number[][], B: number[][], alpha: number): number[][] => {
          const added = mergeBy((scale, rank) => scale / rank)(
            weight.map((row) => row.map(() => 0)),
            A,
            B,
            alpha,
          );
          return weight.map((row, o) => row.map((number, i) => number + added[i]![o]!));
        },
        message: messages.transposed,
      },
    ],
    solution: mergeBy((alpha, rank) => alpha / rank),
  }),
  exercise<BytesOf>({
    id: "08-memory",
    question:
      "Write bytesOf({ parameters, trainable }): bytes for a model's weights in float32, and for gradients and AdamW's moments of those that are learnt.",
    expects: "function",
    checks: [
      [(bytes) => bytes({ parameters: 1000, trainable: 0 }) === 4000, messages.weights],
      [(bytes) => bytes({ parameters: 1000, trainable: 10 }) !== 16_000, messages.everything],
      [(bytes) => bytes({ parameters: 1000, trainable: 1000 }) === 16_000, messages.adam],
      [(bytes) => bytes({ parameters: 1000, trainable: 10 }) === 4120, "1000 weights of which 10 are learnt: 4000 + 10 · 12 bytes"],
    ],
    hints: ["What is kept for a weight that stays? And what more for one that is learnt?", "4 * parameters + 12 * trainable"],
    wrong: [
      { answer: ({ parameters }: { parameters: number }): number => 16 * parameters, message: messages.weights },
      { answer: ({ trainable }: { trainable: number }): number => 16 * trainable, message: messages.weights },
      {
        answer: ({ parameters, trainable }: { parameters: number; trainable: number }): number => 4 * parameters + 8 * trainable,
        message: messages.adam,
      },
    ],
    solution: ({ parameters, trainable }) => 4 * parameters + 12 * trainable,
  }),
];
