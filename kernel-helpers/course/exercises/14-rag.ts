/** Exercises of notebook 14: what a citation is, F1, rankings that take turns, a budget of tokens, whether an answer follows its source. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

interface Citation {
  document: string;
  start: number;
  end: number;
  quote: string;
}
type Texts = readonly { id: string; text: string }[];
type IsCited = (citation: Citation, documents: Texts) => boolean;
type F1 = (answer: readonly string[], gold: readonly string[]) => number;
type TakeTurns = (one: readonly string[], other: readonly string[]) => string[];
type Fitting = (tokens: readonly number[], budget: number) => number[];
type OutcomeOf = (answer: string, from: number, to: number) => string;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const texts: Texts = [
  { id: "a", text: "Tea is served at four." },
  { id: "b", text: "Tea is served at five. Tea is free." },
];
const tea: Citation = { document: "b", start: 0, end: 22, quote: "Tea is served at five." };

const alternating: TakeTurns = (one, other) =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, at) => [...one.slice(at, at + 1), ...other.slice(at, at + 1)]).flat();

/** How many words two lists share, a word as often as it stands in both. */
const sharedWords = (answer: readonly string[], gold: readonly string[]): number =>
  [...new Set(answer)].reduce((sum, word) => {
    const [mine, theirs] = [answer, gold].map((list) => list.filter((other) => other === word).length);
    return sum + Math.min(mine!, theirs!);
  }, 0);

const numbersOf = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

const messages = {
  place: "the quote must stand at start … end: the same words elsewhere are another place",
  document: "the quote must stand in the document that is named, not in any",
  unknown: "a document that is not there bears out nothing: false, not an error",
  empty: "an empty quote stands everywhere, so it bears out nothing",
  words: "paraphrased words are not a quotation: compare letter by letter",
  twice: "a word counts as often as it stands in both: the the the shares one word with the cat",
  nothing: "nothing in common is 0, also where both lists are empty: not NaN",
  denominator: "divide by the words of both lists: 2 · 1 / (1 + 3) = 0.5",
  order: "the first of one, the first of other, the second of one, …",
  double: "an id that both have comes once, where it comes first",
  rest: "when one list ends, the rest of the other follows",
  exceeds: "together the passages must not have more tokens than the budget",
  stops: "a passage that does not fit is left out; a shorter one behind it may still fit",
  exact: "a passage that fills the budget to the last token fits",
  part: "80 is not in 180: compare numbers, not text",
  both: "an answer with the new number follows, also where it mentions the old one",
  neither: "neither number: 'neither'",
};

export const rag: readonly Exercise[] = [
  exercise<IsCited>({
    id: "14-citation",
    question: "Write isCited(citation, documents): whether the quote is a non-empty part of that document, exactly at start … end.",
    expects: "function",
    checks: [
      [(isCited) => isCited(tea, texts), "Tea is served at five. stands in b from 0 to 22"],
      [(isCited) => !isCited({ ...tea, document: "a" }, texts), messages.document],
      [(isCited) => !isCited({ ...tea, quote: "Tea is served at noon." }, texts), messages.words],
      [(isCited) => !isCited({ document: "b", start: 23, end: 26, quote: "tea" }, texts), messages.words],
      [(isCited) => !isCited({ document: "b", start: 4, end: 7, quote: "Tea" }, texts), messages.place],
      [(isCited) => !isCited({ document: "b", start: 5, end: 5, quote: "" }, texts), messages.empty],
      [
        (isCited) => {
          try {
            return !isCited({ ...tea, document: "c" }, texts);
          } catch {
            return false;
          }
        },
        messages.unknown,
      ],
    ],
    hints: [
      "Find the document by its id; then text.slice(start, end) is what stands there.",
      "text.slice(start, end) === quote && quote !== ''",
    ],
    wrong: [
      {
        answer: ({ quote }: Citation, documents: Texts): boolean => documents.some(({ text }) => text.includes(quote)),
        message: messages.document,
      },
      {
        answer: ({ document, quote }: Citation, documents: Texts): boolean =>
          documents.find(({ id }) => id === document)?.text.includes(quote) ?? false,
        message: messages.place,
      },
      {
        answer: ({ document, start, end, quote }: Citation, documents: Texts): boolean =>
          documents.find(({ id }) => id === document)!.text.slice(start, end) === quote && quote !== "",
        message: messages.unknown,
      },
      {
        answer: ({ document, start, end, quote }: Citation, documents: Texts): boolean =>
          documents.find(({ id }) => id === document)?.text.slice(start, end) === quote,
        message: messages.empty,
      },
    ],
    solution: ({ document, start, end, quote }, documents) => {
      const text = documents.find(({ id }) => id === document)?.text;
      return text !== undefined && quote !== "" && start >= 0 && text.slice(start, end) === quote;
    },
  }),
  exercise<F1>({
    id: "14-f1",
    question: "Write f1(answer, gold) for two lists of words: 2 · shared / (words of both), a word counting as often as it stands in both.",
    expects: "function",
    checks: [
      [(f1) => near(f1(["up", "to", "eighty"], ["up", "to", "eighty"]), 1), "the same words are 1"],
      [(f1) => near(f1(["eighty"], ["eighty", "yuan", "each"]), 0.5), messages.denominator],
      [(f1) => near(f1(["the", "the", "the"], ["the", "cat"]), 0.4), messages.twice],
      [(f1) => f1(["noon"], ["eighty"]) === 0 && f1([], []) === 0, messages.nothing],
    ],
    hints: [
      "Strike out a word of gold when the answer has it; it cannot be had twice.",
      "shared === 0 ? 0 : (2 * shared) / (answer.length + gold.length)",
    ],
    wrong: [
      {
        answer: (answer: string[], gold: string[]): number => answer.filter((word) => gold.includes(word)).length / gold.length,
        message: messages.denominator,
      },
      {
        answer: (answer: string[], gold: string[]): number =>
          (2 * answer.filter((word) => gold.includes(word)).length) / (answer.length + gold.length || 1),
        message: messages.twice,
      },
      {
        answer: (answer: string[], gold: string[]): number => (2 * sharedWords(answer, gold)) / (answer.length + gold.length),
        message: messages.nothing,
      },
    ],
    solution: (answer, gold) => {
      const shared = sharedWords(answer, gold);
      return shared === 0 ? 0 : (2 * shared) / (answer.length + gold.length);
    },
  }),
  exercise<TakeTurns>({
    id: "14-turns",
    question: "Write takeTurns(one, other): two rankings made one, from each in turn, without repetition.",
    expects: "function",
    checks: [
      [(turns) => same(turns(["a", "b"], ["x", "y"]), ["a", "x", "b", "y"]), messages.order],
      [(turns) => same(turns(["a"], ["x", "y", "z"]), ["a", "x", "y", "z"]), messages.rest],
      [(turns) => same(turns(["a", "b", "c"], ["x"]), ["a", "x", "b", "c"]), messages.rest],
      [(turns) => same(turns(["a", "b"], ["b", "c"]), ["a", "b", "c"]), messages.double],
    ],
    hints: ["Go on until the longer list ends.", "Collect everything in turn, then [...new Set(all)] keeps the first of each."],
    wrong: [
      { answer: (one: string[], other: string[]): string[] => [...new Set([...one, ...other])], message: messages.order },
      { answer: (one: string[], other: string[]): string[] => one.flatMap((id, at) => [id, other[at]!]), message: messages.rest },
      { answer: alternating, message: messages.double },
    ],
    solution: (one, other) => [...new Set(alternating(one, other))],
  }),
  exercise<Fitting>({
    id: "14-budget",
    question: "Write fitting(tokens, budget): the indices of the passages, best first, that a prompt has room for.",
    expects: "function",
    checks: [
      [(fitting) => same(fitting([40, 30], 100), [0, 1]), "both passages have room: 40 + 30 of 100"],
      [(fitting) => same(fitting([60, 60], 100), [0]), messages.exceeds],
      [(fitting) => same(fitting([60, 40], 100), [0, 1]), messages.exact],
      [(fitting) => same(fitting([60, 50, 30], 100), [0, 2]), messages.stops],
      [(fitting) => same(fitting([120, 90], 100), [1]), messages.stops],
    ],
    hints: [
      "Keep what is left of the budget.",
      "For each passage in order: too long for what is left? skip it; else take it and subtract.",
    ],
    wrong: [
      {
        answer: (tokens: number[], budget: number): number[] => tokens.flatMap((length, at) => (length <= budget ? [at] : [])),
        message: messages.exceeds,
      },
      {
        answer: (tokens: number[], budget: number): number[] => {
          let sum = 0;
          return tokens.flatMap((length, at) => ((sum += length) < budget ? [at] : []));
        },
        message: messages.exact,
      },
      {
        answer: (tokens: number[], budget: number): number[] => {
          let sum = 0;
          return tokens.flatMap((length, at) => ((sum += length) <= budget ? [at] : []));
        },
        message: messages.stops,
      },
    ],
    solution: (tokens, budget) => {
      let left = budget;
      return tokens.flatMap((length, at) => {
        if (length > left) return [];
        left -= length;
        return [at];
      });
    },
  }),
  exercise<OutcomeOf>({
    id: "14-faithful",
    question: "Write outcomeOf(answer, from, to): 'follows', 'remembers' or 'neither', by the numbers of the answer.",
    expects: "function",
    checks: [
      [(outcome) => outcome("It is 90 yuan.", 80, 90) === "follows", "the new number is in the answer: 'follows'"],
      [(outcome) => outcome("It is 80 yuan.", 80, 90) === "remembers", "the old number is in the answer: 'remembers'"],
      [(outcome) => outcome("It is free.", 80, 90) === "neither", messages.neither],
      [(outcome) => outcome("It is 180 yuan.", 80, 90) === "neither", messages.part],
      [(outcome) => outcome("It was 80, and now it is 90.", 80, 90) === "follows", messages.both],
    ],
    hints: [
      "First all numbers of the answer: answer.match(/\\d+/g), which is null where there is none.",
      "(answer.match(/\\d+/g) ?? []).map(Number), then includes(to), then includes(from)",
    ],
    wrong: [
      {
        answer: (answer: string, from: number, to: number): string =>
          answer.includes(String(to)) ? "follows" : answer.includes(String(from)) ? "remembers" : "neither",
        message: messages.part,
      },
      {
        answer: (answer: string, from: number, to: number): string => {
          const numbers = numbersOf(answer);
          return numbers.includes(from) ? "remembers" : numbers.includes(to) ? "follows" : "neither";
        },
        message: messages.both,
      },
      {
        answer: (answer: string, from: number): string => (numbersOf(answer).includes(from) ? "remembers" : "follows"),
        message: messages.neither,
      },
    ],
    solution: (answer, from, to) => {
      const numbers = numbersOf(answer);
      return numbers.includes(to) ? "follows" : numbers.includes(from) ? "remembers" : "neither";
    },
  }),
];
