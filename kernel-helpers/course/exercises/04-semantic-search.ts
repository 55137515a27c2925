/** Exercises of notebook 04: a stricter hit, a threshold, a split that does not leak, a fusion by hand. */
import { exercise, type Exercise } from "../exercise.ts";

/** Each part of an answer is the ids of the passages that hold it. */
type FindsWhole = (ranking: string[], parts: string[][], k: number) => boolean;

interface Point {
  threshold: number;
  precision: number;
  recall: number;
}
type ChooseThreshold = (points: Point[], wanted: number) => number;

interface Split {
  seen: string[];
  hidden: string;
}
type SplitHistory = (history: string[]) => Split;

const bothThere = "both parts are among the first two of a, b: that is the whole answer";
const half = "one half of an answer is not the answer: every part must be found";
const eitherLanguage = "a passage and its translation say the same: one id of each part is enough";
const tooLate = "only the first k results count: what comes after them was not seen";

/** Precision may rise again as the threshold falls: of these, 0.6 is the one to take for 0.75. */
const curve: readonly Point[] = [
  { threshold: 0.9, precision: 1, recall: 0.1 },
  { threshold: 0.8, precision: 0.7, recall: 0.2 },
  { threshold: 0.7, precision: 0.8, recall: 0.4 },
  { threshold: 0.6, precision: 0.76, recall: 0.5 },
  { threshold: 0.5, precision: 0.6, recall: 0.9 },
];
const tooLax = "that threshold reports too many wrong pairs: first leave out the points below the wanted precision";
const tooStrict = "precise enough, but another point with enough precision finds more: take the highest recall";
const noneLeft = "when no point is precise enough, report nothing: Infinity";
const atLeast = "a precision of exactly the wanted value is enough";

const lastOne = "hide the last event: what comes later must be predicted from what came before";
const leaks = "the hidden one is still among the seen: the recommender would be shown the answer";
const lost = "seen should be all events but the last, in their order";
const mutated = "your function changed the list that it was given: the next evaluation would see a shorter history";

export const semanticSearch: readonly Exercise[] = [
  exercise<FindsWhole>({
    id: "04-whole-answer",
    question: "Is the whole answer among the first k results: one passage at least for each of its parts?",
    expects: "function",
    checks: [
      [(finds) => finds(["a", "b"], [["a"], ["b"]], 2), bothThere],
      [(finds) => !finds(["a", "x"], [["a"], ["b"]], 2), half],
      [(finds) => finds(["a2", "b"], [["a", "a2"], ["b"]], 2), eitherLanguage],
      [(finds) => !finds(["a", "x", "b"], [["a"], ["b"]], 2), tooLate],
    ],
    hints: ["For every part there is some id that is among the first k.", "parts.every((part) => part.some((id) => …))"],
    wrong: [
      { answer: (ranking: string[], parts: string[][], k: number): boolean => parts.flat().includes(ranking[k]!), message: bothThere },
      {
        answer: (ranking: string[], parts: string[][], k: number): boolean => ranking.slice(0, k).some((id) => parts.flat().includes(id)),
        message: half,
      },
      {
        answer: (ranking: string[], parts: string[][], k: number): boolean => parts.flat().every((id) => ranking.slice(0, k).includes(id)),
        message: eitherLanguage,
      },
      {
        answer: (ranking: string[], parts: string[][]): boolean => parts.every((part) => part.some((id) => ranking.includes(id))),
        message: tooLate,
      },
    ],
    solution: (ranking, parts, k) => parts.every((part) => part.some((id) => ranking.slice(0, k).includes(id))),
  }),
  exercise<ChooseThreshold>({
    id: "04-threshold",
    question: "Choose the threshold with the highest recall among those with at least the wanted precision.",
    expects: "function",
    checks: [
      [(choose) => choose([...curve], 0.75) !== 0.5, tooLax],
      [(choose) => choose([...curve], 0.75) === 0.6, tooStrict],
      [(choose) => choose([...curve], 0.76) === 0.6, atLeast],
      [(choose) => choose(curve.slice(1), 0.9) === Infinity, noneLeft],
    ],
    hints: [
      "Two steps: which points are allowed, and which of these finds most?",
      "filter by precision, then the first after sorting by recall, downwards; what if nothing is left?",
    ],
    wrong: [
      {
        answer: (points: Point[]): number => points.reduce((best, point) => (point.recall > best.recall ? point : best)).threshold,
        message: tooLax,
      },
      {
        answer: (points: Point[], wanted: number): number => points.find((point) => point.precision >= wanted)?.threshold ?? Infinity,
        message: tooStrict,
      },
      {
        answer: (points: Point[]): number => points.reduce((best, point) => (point.precision > best.precision ? point : best)).threshold,
        message: tooStrict,
      },
      {
        answer: (points: Point[], wanted: number): number =>
          points.filter((point) => point.precision > wanted).sort((one, other) => other.recall - one.recall)[0]?.threshold ?? Infinity,
        message: atLeast,
      },
      {
        answer: (points: Point[], wanted: number): number =>
          points.filter((point) => point.precision >= wanted).sort((one, other) => other.recall - one.recall)[0]?.threshold ?? 0,
        message: noneLeft,
      },
    ],
    solution: (points, wanted) =>
      points.filter((point) => point.precision >= wanted).sort((one, other) => other.recall - one.recall)[0]?.threshold ?? Infinity,
  }),
  exercise<SplitHistory>({
    id: "04-leave-one-out",
    question: "Split a history into what the recommender sees and the one event that it must predict.",
    expects: "function",
    checks: [
      [(split) => split(["a", "b", "c"]).hidden === "c", lastOne],
      [(split) => !split(["a", "b", "c"]).seen.includes("c"), leaks],
      [(split) => split(["b", "a", "c"]).seen.join() === "b,a", lost],
      [
        (split) => {
          const history = ["a", "b", "c"];
          split(history);
          return history.length === 3;
        },
        mutated,
      ],
    ],
    hints: ["slice copies, pop takes away.", "history.slice(0, -1) is all but the last."],
    wrong: [
      { answer: (history: string[]): Split => ({ seen: history.slice(1), hidden: history[0]! }), message: lastOne },
      { answer: (history: string[]): Split => ({ seen: history, hidden: history.at(-1)! }), message: leaks },
      { answer: (history: string[]): Split => ({ seen: history.slice(0, -2), hidden: history.at(-1)! }), message: lost },
      {
        answer: (history: string[]): Split => {
          const hidden = history.pop()!;
          return { seen: [...history], hidden };
        },
        message: mutated,
      },
    ],
    solution: (history) => ({ seen: history.slice(0, -1), hidden: history.at(-1)! }),
  }),
  exercise<number>({
    id: "04-fusion",
    question: "Reciprocal rank fusion, k = 60: which score does a passage get that is first in one list and tenth in the other?",
    expects: "number",
    checks: [
      [(score) => Math.abs(score - (1 / 60 + 1 / 69)) > 1e-4, "ranks begin at 1, not at 0: the first place gives 1/61"],
      [(score) => Math.abs(score - 1.1) > 1e-6, "that is without k: each list gives 1/(60 + rank)"],
      [(score) => Math.abs(score - 1 / 71) > 1e-6, "each list gives its own share: add the two fractions, not the ranks"],
      [(score) => Math.abs(score - (1 / 61 + 1 / 70) / 2) > 1e-6, "the shares are added, not averaged"],
      [(score) => Math.abs(score - (1 / 61 + 1 / 70)) < 1e-4, "1/(60 + rank) from each of the two lists; give at least four decimals"],
    ],
    hints: ["What does the first list give, what the second?", "1 / 61 + 1 / 70"],
    wrong: [
      { answer: 1 / 60 + 1 / 69, message: "ranks begin at 1, not at 0: the first place gives 1/61" },
      { answer: 1.1, message: "that is without k: each list gives 1/(60 + rank)" },
      { answer: 1 / 71, message: "each list gives its own share: add the two fractions, not the ranks" },
      { answer: (1 / 61 + 1 / 70) / 2, message: "the shares are added, not averaged" },
      { answer: 0.03, message: "1/(60 + rank) from each of the two lists; give at least four decimals" },
    ],
    solution: 1 / 61 + 1 / 70,
  }),
];
