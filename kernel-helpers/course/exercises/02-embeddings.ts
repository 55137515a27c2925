/** Exercises of notebook 02: pooling without padding, asking what a model can read, what a cosine means, and how good a ranking is. */
import { exercise, type Exercise } from "../exercise.ts";

type MeanPool = (vectors: number[][], mask: number[]) => number[];
type MayEmbed = (texts: string[][]) => boolean;
type ReciprocalRank = (scores: number[], right: number) => number;

const close = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((value, index) => Math.abs(value - other[index]!) < 1e-9);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const columns = (vectors: number[][], combine: (column: number[]) => number): number[] =>
  vectors[0]!.map((_, at) => combine(vectors.map((vector) => vector[at]!)));

const paddingCounted = "padding was averaged in: with mask 1, 1, 0 the third vector does not count, and the sum is divided by 2, not by 3";
const paddingInSum = "the padded vector is still in the sum: multiply each vector by its mask first";
const notAveraged = "that is the sum: divide by how many tokens are real";
const perText = "all tokens together: a text of one unknown token among long readable ones must not decide";
const atMost = "one fifth exactly still passes: at most, not less than";
const tooMuch = "when most tokens are [UNK] it must say no";
const ties = "an equal score may come before the right one: [0.5, 0.5] with the first right gives 1/2";

export const embeddings: readonly Exercise[] = [
  exercise<MeanPool>({
    id: "02-mean-pool",
    question: "Average the vectors of a text's tokens, without the padding.",
    expects: "function",
    checks: [
      [
        (pool) =>
          !close(
            pool(
              [
                [1, 2],
                [3, 4],
              ],
              [1, 1],
            ),
            [4, 6],
          ),
        notAveraged,
      ],
      [
        (pool) =>
          close(
            pool(
              [
                [1, 2],
                [3, 4],
              ],
              [1, 1],
            ),
            [2, 3],
          ),
        "without padding it is the plain average: (1, 2) and (3, 4) give (2, 3)",
      ],
      [
        (pool) =>
          !close(
            pool(
              [
                [1, 2],
                [3, 4],
                [9, 9],
              ],
              [1, 1, 0],
            ),
            [6.5, 7.5],
          ),
        paddingInSum,
      ],
      [
        (pool) =>
          close(
            pool(
              [
                [1, 2],
                [3, 4],
                [9, 9],
              ],
              [1, 1, 0],
            ),
            [2, 3],
          ),
        paddingCounted,
      ],
      [
        (pool) =>
          close(
            pool(
              [
                [9, 9],
                [1, 2],
              ],
              [0, 1],
            ),
            [1, 2],
          ),
        "padding may stand on the left, too: go by the mask, not by the place",
      ],
    ],
    hints: [
      "How many tokens are real? The mask's sum says.",
      "For each column: the sum of mask[i] * vectors[i][column], divided by the mask's sum.",
    ],
    wrong: [
      { answer: (vectors: number[][]): number[] => columns(vectors, sum), message: notAveraged },
      { answer: (vectors: number[][]): number[] => columns(vectors, (column) => sum(column) / column.length), message: paddingCounted },
      {
        answer: (vectors: number[][], mask: number[]): number[] => columns(vectors, (column) => sum(column) / sum(mask)),
        message: paddingInSum,
      },
      {
        answer: (vectors: number[][], mask: number[]): number[] =>
          columns(vectors, (column) => sum(column.map((value, at) => value * mask[at]!)) / column.length),
        message: paddingCounted,
      },
      {
        answer: (vectors: number[][], mask: number[]): number[] =>
          columns(vectors.slice(0, sum(mask)), (column) => sum(column) / column.length),
        message: "padding may stand on the left, too: go by the mask, not by the place",
      },
    ],
    solution: (vectors, mask) => columns(vectors, (column) => sum(column.map((value, at) => value * mask[at]!)) / sum(mask)),
  }),
  exercise<MayEmbed>({
    id: "02-unknown",
    question: "May texts be embedded? Only when at most one fifth of all their tokens is [UNK].",
    expects: "function",
    checks: [
      [(may) => may([["the", "cat"], ["sleeps"]]), "texts without any [UNK] may be embedded"],
      [(may) => !may([["ai", "[UNK]", "[UNK]", "[UNK]"]]), tooMuch],
      [(may) => may([["[UNK]"], ["a", "b", "c", "d", "e", "f", "g"]]), perText],
      [(may) => !may([["[UNK]"], ["a", "[UNK]"], ["d"]]), tooMuch],
      [(may) => may([["[UNK]", "a", "b", "c", "d"]]), atMost],
    ],
    hints: ["Put all tokens into one list first: texts.flat().", "Count the '[UNK]' in it and compare with a fifth of its length."],
    wrong: [
      { answer: (): boolean => true, message: tooMuch },
      { answer: (texts: string[][]): boolean => !texts.flat().includes("[UNK]"), message: perText },
      {
        answer: (texts: string[][]): boolean => texts.every((text) => text.filter((token) => token === "[UNK]").length <= text.length / 5),
        message: perText,
      },
      {
        answer: (texts: string[][]): boolean => texts.flat().filter((token) => token === "[UNK]").length < texts.flat().length / 5,
        message: atMost,
      },
    ],
    solution: (texts) => texts.flat().filter((token) => token === "[UNK]").length <= texts.flat().length / 5,
  }),
  exercise<string>({
    id: "02-threshold",
    question: "A threshold of 0.5: for which language does it call most unrelated pairs related?",
    expects: "string",
    checks: [
      [(answer) => answer !== "English", "unrelated English descriptions have a cosine of about 0.1: far below 0.5"],
      [(answer) => answer !== "both", "look again at the English bar: about 0.1"],
      [(answer) => answer !== "neither", "look again at the Chinese bar: it stands above 0.5"],
      [(answer) => answer === "Chinese", "answer with one of 'English', 'Chinese', 'both', 'neither'"],
    ],
    hints: [
      "Which of the two bars is higher than 0.5?",
      "When the average of unrelated pairs is above the threshold, most of them pass it.",
    ],
    wrong: [
      { answer: "English", message: "unrelated English descriptions have a cosine of about 0.1: far below 0.5" },
      { answer: "both", message: "look again at the English bar: about 0.1" },
      { answer: "neither", message: "look again at the Chinese bar: it stands above 0.5" },
      { answer: "chinese", message: "answer with one of 'English', 'Chinese', 'both', 'neither'" },
    ],
    solution: "Chinese",
  }),
  exercise<ReciprocalRank>({
    id: "02-reciprocal-rank",
    question: "Write the reciprocal rank of the right document, by the scores of all.",
    expects: "function",
    checks: [
      [(rank) => rank([0.9, 0.1, 0.3], 0) === 1, "the largest score has the first place, so 1"],
      [(rank) => rank([0.9, 0.1, 0.3], 2) === 0.5, "the second largest has the second place: 1/2, whatever its position in the list"],
      [(rank) => rank([0.9, 0.1, 0.3], 1) === 1 / 3, "the third largest gives 1/3"],
      [(rank) => rank([0.5, 0.5], 0) === 0.5, ties],
    ],
    hints: [
      "How many documents come before the right one?",
      "Those with score >= scores[right], without the right one itself. The rank is one more.",
    ],
    wrong: [
      {
        answer: (scores: number[], right: number): number => 1 / (right + 1),
        message: "the second largest has the second place: 1/2, whatever its position in the list",
      },
      {
        answer: (scores: number[], right: number): number => 1 / (scores.filter((score) => score > scores[right]!).length + 1),
        message: ties,
      },
      {
        answer: (scores: number[], right: number): number => 1 / scores.filter((score) => score > scores[right]!).length,
        message: "the largest score has the first place, so 1",
      },
      {
        answer: (scores: number[], right: number): number => scores.filter((score) => score >= scores[right]!).length,
        message: "the second largest has the second place: 1/2, whatever its position in the list",
      },
    ],
    solution: (scores, right) => 1 / (scores.filter((score, at) => at !== right && score >= scores[right]!).length + 1),
  }),
];
