/** Exercises of notebook 15: the loop, whether a call is the right one, pass^k, when a person has to be asked, what is kept of one's own attempts. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

type Turn = string | { tool: string; input: string };
type Ask = (lines: readonly string[]) => Turn;
type Tools = Readonly<Record<string, (input: string) => string>>;
type RunAgent = (ask: Ask, tools: Tools, maxSteps: number) => string | undefined;

interface Call {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
}
type IsRightCall = (call: Call, name: string, allowed: Readonly<Record<string, readonly unknown[]>>) => boolean;
type PassHat = (n: number, c: number, k: number) => number;

interface Step {
  tool: string;
  hasEffects: boolean;
  /** Whether strangers may have written what it returns. */
  isTrusted: boolean;
}
type AsksPerson = (before: readonly Step[], next: Step) => boolean;

interface Attempt {
  task: string;
  text: string;
  passed: boolean;
}
type Kept = (attempts: readonly Attempt[], most: number) => Attempt[];

const tools: Tools = { double: (input) => String(2 * Number(input)) };
const doubling: Ask = (lines) => (lines.length === 0 ? { tool: "double", input: "21" } : `It is ${lines.at(-1)!}.`);
const stubborn: Ask = () => ({ tool: "double", input: "1" });
const lost: Ask = (lines) => (lines.length === 0 ? { tool: "tripel", input: "1" } : "I cannot.");

const look: Step = { tool: "get_order", hasEffects: false, isTrusted: true };
const reviews: Step = { tool: "read_reviews", hasEffects: false, isTrusted: false };
const cancel: Step = { tool: "cancel_order", hasEffects: true, isTrusted: true };

const attempts: readonly Attempt[] = [
  { task: "a", text: "x", passed: true },
  { task: "a", text: "y", passed: false },
  { task: "a", text: "x", passed: true },
  { task: "a", text: "z", passed: true },
  { task: "b", text: "x", passed: true },
];
const texts = (list: readonly Attempt[]): string => list.map(({ task, text }) => task + text).join(" ");

const messages = {
  answer: "text ends the run: it is the answer",
  result: "what the tool returned must be among the lines when the model is asked again",
  endless: "after maxSteps questions without an answer the run is over: undefined",
  unknown: "a tool that is not there is no reason to crash: say so to the model, and go on",
  name: "another tool is another call",
  missing: "every argument must be there",
  extra: "an argument that nobody expects is wrong",
  value: "each value has to be one of those allowed",
  certain: "where all n tries succeeded, so do any k of them: 1",
  few: "with fewer than k successes no k tries are all successes: 0",
  power: "(c / n) ** k draws with replacement; count pairs of different tries: C(c, k) / C(n, k)",
  harmless: "to look at something needs nobody's word",
  foreign: "what strangers wrote was read, and now something is to be changed: ask",
  own: "nothing foreign was read: what the customer asked for may be done",
  failed: "what failed is not learnt",
  twice: "the same text twice teaches nothing new, and makes easy tasks weigh more",
  most: "of each task at most so many, or easy tasks drown the others",
  tasks: "the same words may be right for another task: count per task",
};

const choose = (n: number, k: number): number => {
  let ways = 1;
  for (let i = 0; i < k; i++) ways *= Math.max(0, n - i) / (i + 1);
  return ways;
};

export const agents: readonly Exercise[] = [
  exercise<RunAgent>({
    id: "15-loop",
    question:
      "Write runAgent(ask, tools, maxSteps): ask(lines) returns the answer, or { tool, input }; the tool's result becomes the next of the lines. undefined after maxSteps questions.",
    expects: "function",
    checks: [
      [(run) => run(() => "Hello.", tools, 3) === "Hello.", messages.answer],
      [(run) => run(doubling, tools, 3) === "It is 42.", messages.result],
      [(run) => run(stubborn, tools, 3) === undefined, messages.endless],
      [
        (run) => {
          try {
            return run(lost, tools, 3) === "I cannot.";
          } catch {
            return false;
          }
        },
        messages.unknown,
      ],
    ],
    hints: [
      "A for loop over the steps, and a list of lines that grows.",
      "tools[tool] may be undefined: push `there is no tool ${tool}` then.",
    ],
    wrong: [
      {
        answer: (ask: Ask, known: Tools): string => {
          const turn = ask([]);
          return typeof turn === "string" ? turn : known[turn.tool]!(turn.input);
        },
        message: messages.result,
      },
      {
        answer: (ask: Ask, known: Tools, maxSteps: number): string | undefined => {
          const lines: string[] = [];
          for (let step = 0; step < maxSteps; step++) {
            const turn = ask(lines);
            if (typeof turn === "string") return turn;
            lines.push(known[turn.tool]!(turn.input));
          }
          return undefined;
        },
        message: messages.unknown,
      },
      {
        answer: (ask: Ask, known: Tools, maxSteps: number): string => {
          const lines: string[] = [];
          for (let step = 0; step < maxSteps; step++) {
            const turn = ask(lines);
            if (typeof turn === "string") return turn;
            lines.push(known[turn.tool]!(turn.input));
          }
          return lines.at(-1)!;
        },
        message: messages.endless,
      },
    ],
    solution: (ask, known, maxSteps) => {
      const lines: string[] = [];
      for (let step = 0; step < maxSteps; step++) {
        const turn = ask(lines);
        if (typeof turn === "string") return turn;
        lines.push(known[turn.tool]?.(turn.input) ?? `there is no tool ${turn.tool}`);
      }
      return undefined;
    },
  }),
  exercise<IsRightCall>({
    id: "15-call",
    question:
      "Write isRightCall(call, name, allowed): the right tool, all arguments of allowed and no others, each value one of those listed.",
    expects: "function",
    checks: [
      [
        (right) => right({ name: "weather", arguments: { city: "北京" } }, "weather", { city: ["Beijing", "北京"] }),
        "北京 is one of the values allowed",
      ],
      [(right) => !right({ name: "route", arguments: { city: "北京" } }, "weather", { city: ["北京"] }), messages.name],
      [(right) => !right({ name: "weather", arguments: { city: "Bonn" } }, "weather", { city: ["北京"] }), messages.value],
      [(right) => !right({ name: "weather", arguments: {} }, "weather", { city: ["北京"] }), messages.missing],
      [(right) => !right({ name: "weather", arguments: { city: "北京", day: "friday" } }, "weather", { city: ["北京"] }), messages.extra],
    ],
    hints: [
      "Compare the two lists of argument names first.",
      "Object.keys(allowed).every(key => allowed[key].includes(call.arguments[key])), and as many keys on both sides",
    ],
    wrong: [
      {
        answer: ({ arguments: given }: Call, _: string, allowed: Record<string, unknown[]>): boolean =>
          Object.keys(allowed).every((key) => allowed[key]!.includes(given[key])),
        message: messages.name,
      },
      {
        answer: ({ name: called, arguments: given }: Call, name: string, allowed: Record<string, unknown[]>): boolean =>
          called === name && Object.keys(allowed).every((key) => allowed[key]!.includes(given[key])),
        message: messages.extra,
      },
      {
        answer: ({ name: called, arguments: given }: Call, name: string, allowed: Record<string, unknown[]>): boolean =>
          called === name && Object.keys(given).every((key) => allowed[key]?.includes(given[key])),
        message: messages.missing,
      },
    ],
    solution: ({ name: called, arguments: given }, name, allowed) =>
      called === name &&
      Object.keys(given).length === Object.keys(allowed).length &&
      Object.keys(allowed).every((key) => allowed[key]!.includes(given[key])),
  }),
  exercise<PassHat>({
    id: "15-pass-hat",
    question:
      "A task was tried n times, c of them succeeded. Write passHat(n, c, k): how likely it is that k different ones of them all succeeded.",
    expects: "function",
    checks: [
      [(passHat) => near(passHat(8, 8, 8), 1), messages.certain],
      [(passHat) => near(passHat(8, 4, 1), 0.5), "pass^1 is the share of successes: 4 of 8 is 0.5"],
      [(passHat) => near(passHat(4, 2, 2), 1 / 6), messages.power],
      [(passHat) => near(passHat(8, 3, 4), 0), messages.few],
    ],
    hints: ["How many ways are there to choose k of n, and k of c?", "A product over i < k of (c − i) / (n − i), nothing of it below 0."],
    wrong: [
      { answer: (n: number, c: number, k: number): number => (c / n) ** k, message: messages.power },
      {
        answer: (n: number, c: number, k: number): number => {
          let share = 1;
          for (let i = 0; i < k; i++) share *= Math.abs(c - i) / (n - i);
          return c < k ? share || 1 : share;
        },
        message: messages.few,
      },
    ],
    solution: (n, c, k) => choose(c, k) / choose(n, k),
  }),
  exercise<AsksPerson>({
    id: "15-approval",
    question:
      "Write asksPerson(before, next): whether a person must agree to the next step: it has effects, and a step before it returned what strangers may have written.",
    expects: "function",
    checks: [
      [(asks) => asks([look, reviews], cancel), messages.foreign],
      [(asks) => !asks([look], cancel), messages.own],
      [(asks) => !asks([reviews], look), messages.harmless],
      [(asks) => asks([reviews, look], cancel), "it stays in the conversation, also when other steps follow"],
    ],
    hints: ["Two conditions, joined by and.", "next.hasEffects && before.some(step => !step.isTrusted)"],
    wrong: [
      { answer: (_: Step[], next: Step): boolean => next.hasEffects, message: messages.own },
      { answer: (before: Step[]): boolean => before.some(({ isTrusted }) => !isTrusted), message: messages.harmless },
    ],
    solution: (before, next) => next.hasEffects && before.some(({ isTrusted }) => !isTrusted),
  }),
  exercise<Kept>({
    id: "15-successes",
    question: "Write kept(attempts, most): the attempts that passed, none twice, and of each task at most so many, in their order.",
    expects: "function",
    checks: [
      [(kept) => kept(attempts, 9).every(({ passed }) => passed), messages.failed],
      [(kept) => texts(kept(attempts, 9).filter(({ task }) => task === "a")) === "ax az", messages.twice],
      [(kept) => texts(kept(attempts, 9)) === "ax az bx", messages.tasks],
      [(kept) => texts(kept(attempts, 1)) === "ax bx", messages.most],
    ],
    hints: [
      "Go through them once, with the list of what is kept so far.",
      "Skip an attempt if kept has the same task and text, or `most` of that task already.",
    ],
    wrong: [
      { answer: (list: Attempt[]): Attempt[] => list.filter(({ passed }) => passed), message: messages.twice },
      {
        answer: (list: Attempt[]): Attempt[] =>
          list.filter((one, at) => one.passed && list.findIndex(({ text, passed }) => passed && text === one.text) === at),
        message: messages.tasks,
      },
      {
        answer: (list: Attempt[]): Attempt[] =>
          list.filter(
            (one, at) => one.passed && list.findIndex(({ task, text, passed }) => passed && task === one.task && text === one.text) === at,
          ),
        message: messages.most,
      },
    ],
    solution: (list, most) => {
      const result: Attempt[] = [];
      for (const one of list) {
        const own = result.filter(({ task }) => task === one.task);
        if (one.passed && own.length < most && !own.some(({ text }) => text === one.text)) result.push(one);
      }
      return result;
    },
  }),
];
