/** Exercises of notebook 16: patches, recall, a probe for hallucination, needles between frames, words that were heard wrong. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

type Patches = (width: number, height: number, size: number) => number;
type RecallAtOne = (scores: readonly (readonly number[])[]) => number;
type Probed = readonly { there: boolean; saysYes: boolean }[];
type Probe = (list: Probed) => { accuracy: number; hallucination: number };
type ChanceSeen = (shown: number, every: number) => number;
type WordErrors = (said: readonly string[], written: readonly string[]) => number;

const asked = (there: boolean, saysYes: boolean, count: number): { there: boolean; saysYes: boolean }[] =>
  Array.from({ length: count }, () => ({ there, saysYes }));
/** Ten that are there, two of them missed; five that are not, one of them seen. */
const mixed = [...asked(true, true, 8), ...asked(true, false, 2), ...asked(false, false, 4), ...asked(false, true, 1)];

function edits(said: readonly string[], written: readonly string[]): number {
  let row = Array.from({ length: written.length + 1 }, (_, at) => at);
  for (const [before, word] of said.entries()) {
    const next = [before + 1];
    for (let at = 0; at < written.length; at++)
      next.push(Math.min(row[at + 1]! + 1, next[at]! + 1, row[at]! + (written[at] === word ? 0 : 1)));
    row = next;
  }
  return row[written.length]!;
}
const words = (text: string): string[] => text.split(" ");

const messages = {
  filled: "a patch that is only partly covered is a patch: round up",
  sides: "round each side by itself: 15 × 15 pixels in patches of 14 are 2 × 2",
  tie: "a tie is not a hit: the own score has to be higher than every other",
  own: "the first picture likes another caption better, 0.95 over 0.9: only the second one is right, 0.5",
  rows: "picture i is row i, and its own caption is in column i of it",
  absent: "hallucination is a share of what is not there, 1 of 5 here, not of all questions",
  misses: "to miss what is there is a mistake but not a hallucination",
  nothing: "where nothing was absent nothing was hallucinated: 0, not NaN",
  sure: "it cannot be likelier than certain: what is shown longer than the gap between frames is seen, 1",
  upside: "the longer it is shown, the likelier it is seen: shown / every",
  shifted: "a word that is left out shifts the rest: compare by edits, not place by place",
  denominator: "divide by the words that were said, not by those that were written",
  more: "words that were made up count as well, so it can be more than 1",
};

export const multimodal: readonly Exercise[] = [
  exercise<Patches>({
    id: "16-patches",
    question: "Write patches(width, height, size): how many square patches cover a picture, those at the edges filled up.",
    expects: "function",
    checks: [
      [(patches) => patches(224, 224, 16) === 196, "224 × 224 pixels in patches of 16 are 14 × 14 = 196"],
      [(patches) => patches(32, 48, 16) === 6, "32 × 48 pixels in patches of 16 are 2 × 3"],
      [(patches) => patches(225, 224, 16) === 210, messages.filled],
      [(patches) => patches(15, 15, 14) === 4, messages.sides],
    ],
    hints: ["How many patches are in a row, and how many rows are there?", "Math.ceil(width / size) for a row"],
    wrong: [
      {
        answer: (width: number, height: number, size: number): number => Math.floor(width / size) * Math.floor(height / size),
        message: messages.filled,
      },
      {
        answer: (width: number, height: number, size: number): number => Math.ceil((width * height) / size ** 2),
        message: messages.filled,
      },
    ],
    solution: (width, height, size) => Math.ceil(width / size) * Math.ceil(height / size),
  }),
  exercise<RecallAtOne>({
    id: "16-recall",
    question: "Write recallAtOne(scores): the share of rows whose own score, on the diagonal, is higher than every other of the row.",
    expects: "function",
    checks: [
      [(recall) => near(recall([[0.9, 0.1], [0.2, 0.8]]), 1), "both pictures find their captions"], // prettier-ignore
      [(recall) => near(recall([[0.9, 0.1], [0.8, 0.2]]), 0.5), messages.rows], // prettier-ignore
      [(recall) => near(recall([[0.9, 0.95], [0.1, 0.2]]), 0.5), messages.own], // prettier-ignore
      [(recall) => near(recall([[0.5, 0.5], [0.5, 0.5]]), 0), messages.tie], // prettier-ignore
    ],
    hints: ["For each row: is every other score lower than the one at the row's own number?", "row.every((score, at) => at === own || score < row[own])"], // prettier-ignore
    wrong: [
      {
        answer: (scores: number[][]): number => scores.filter((row, own) => row.indexOf(Math.max(...row)) === own).length / scores.length,
        message: messages.tie,
      },
      {
        answer: (scores: number[][]): number =>
          scores.filter((row, own) => row.every((score, at) => at === own || score < row[own]!)).length,
        message: "both pictures find their captions",
      },
      {
        answer: (scores: number[][]): number =>
          scores.filter((row, own) => scores.every((other, at) => at === own || other[own]! < row[own]!)).length / scores.length,
        message: messages.rows,
      },
    ],
    solution: (scores) => scores.filter((row, own) => row.every((score, at) => at === own || score < row[own]!)).length / scores.length,
  }),
  exercise<Probe>({
    id: "16-pope",
    question: "Write probe(list) for { there, saysYes }: accuracy, and the share of what is not there that is said to be seen.",
    expects: "function",
    checks: [
      [(probe) => near(probe(mixed).accuracy, 0.8), "12 of 15 answers are right: accuracy 0.8"],
      [(probe) => near(probe(mixed).hallucination, 0.2), messages.absent],
      [(probe) => near(probe([...asked(true, false, 3), ...asked(false, false, 1)]).hallucination, 0), messages.misses],
      [(probe) => near(probe(asked(true, true, 2)).hallucination, 0), messages.nothing],
    ],
    hints: ["Right is where there and saysYes are equal.", "Hallucination looks only at list.filter(({ there }) => !there)."],
    wrong: [
      {
        answer: (list: Probed): { accuracy: number; hallucination: number } => ({
          accuracy: list.filter(({ there, saysYes }) => there === saysYes).length / list.length,
          hallucination: list.filter(({ there, saysYes }) => !there && saysYes).length / list.length,
        }),
        message: messages.absent,
      },
      {
        answer: (list: Probed): { accuracy: number; hallucination: number } => {
          const accuracy = list.filter(({ there, saysYes }) => there === saysYes).length / list.length;
          return { accuracy, hallucination: 1 - accuracy };
        },
        message: messages.misses,
      },
      {
        answer: (list: Probed): { accuracy: number; hallucination: number } => {
          const absent = list.filter(({ there }) => !there);
          return {
            accuracy: list.filter(({ there, saysYes }) => there === saysYes).length / list.length,
            hallucination: absent.filter(({ saysYes }) => saysYes).length / absent.length,
          };
        },
        message: messages.nothing,
      },
    ],
    solution: (list) => {
      const absent = list.filter(({ there }) => !there);
      return {
        accuracy: list.filter(({ there, saysYes }) => there === saysYes).length / list.length,
        hallucination: absent.length === 0 ? 0 : absent.filter(({ saysYes }) => saysYes).length / absent.length,
      };
    },
  }),
  exercise<ChanceSeen>({
    id: "16-needle",
    question: "Write chanceSeen(shown, every): how likely something shown for so many seconds is in one of the frames taken every so many.",
    expects: "function",
    checks: [
      [(chance) => near(chance(3, 8), 0.375), messages.upside],
      [(chance) => near(chance(3, 4), 0.75), messages.upside],
      [(chance) => near(chance(3, 3), 1), "shown as long as the gap between frames it is always in one: 1"],
      [(chance) => near(chance(3, 1), 1), messages.sure],
    ],
    hints: ["Frames lie every seconds apart. On which part of that stretch may it begin and still be in a frame?", "Math.min(1, …)"],
    wrong: [
      { answer: (shown: number, every: number): number => shown / every, message: messages.sure },
      { answer: (shown: number, every: number): number => Math.min(1, every / shown), message: messages.upside },
    ],
    solution: (shown, every) => Math.min(1, shown / every),
  }),
  exercise<WordErrors>({
    id: "16-words",
    question: "Write wordErrors(said, written): the least number of words put in, taken out or replaced, for each word that was said.",
    expects: "function",
    checks: [
      [(errors) => near(errors(words("the gauge is read"), words("the gauge is read")), 0), "the same words are 0"],
      [(errors) => near(errors(words("the gauge is read"), words("the gouge is read")), 0.25), "one word of four was replaced: 0.25"],
      [(errors) => near(errors(words("the gauge is read"), words("gauge is read")), 0.25), messages.shifted],
      [(errors) => near(errors(words("yes sir"), words("yes dear sir")), 0.5), messages.denominator],
      [(errors) => near(errors(["yes"], words("yes thank you")), 2), messages.more],
    ],
    hints: [
      "It is Levenshtein's distance, of words instead of letters: a table with a row for each word said.",
      "row[at + 1] = min(taken out: above + 1, put in: left + 1, replaced: above left + (0 where equal, else 1))",
    ],
    wrong: [
      {
        answer: (said: string[], written: string[]): number => said.filter((word, at) => written[at] !== word).length / said.length,
        message: messages.shifted,
      },
      {
        answer: (said: string[], written: string[]): number => edits(said, written) / Math.max(said.length, written.length),
        message: messages.denominator,
      },
      { answer: (said: string[], written: string[]): number => Math.min(1, edits(said, written) / said.length), message: messages.more },
    ],
    solution: (said, written) => edits(said, written) / said.length,
  }),
];
