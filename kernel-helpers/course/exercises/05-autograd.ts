/** Exercises of notebook 05: a local rule, an order, a difference, forward mode and its price, dropout. */
import { exercise, type Exercise } from "../exercise.ts";
import { near } from "./near.ts";

type DivisionSlopes = (a: number, b: number) => readonly [number, number] | readonly number[];
interface Named {
  name: string;
  inputs: Named[];
}
type Order = (node: Named) => readonly string[];
type Curve = (x: number) => number;
type Difference = (f: Curve, x: number, h: number) => number;
type Dual = readonly [value: number, slope: number];
type Multiply = (a: Dual, b: Dual) => readonly number[];

const node = (name: string, ...inputs: Named[]): Named => ({ name, inputs });

const [x, y] = [node("x"), node("y")];
const product = node("product", x, y);

/** x is needed on two levels: a search by levels would meet it too early. */
const late = node("sum", x, node("tanh", node("double", x)));

const comesAfter = (names: readonly string[], later: string, earlier: string): boolean => names.indexOf(later) > names.indexOf(earlier);

const aFirst = "a / b grows with a as fast as 1 / b: at a = 6, b = 2 that is 0.5";
const minus = "more of b makes a / b smaller when a and b are positive: the second slope is negative";
const squared = "a / b is a · b^-1, and the rule of powers gives -a · b^-2: at a = 6, b = 2 that is -1.5";

const each = "each value once, however many use it: x is used twice in the sum, but it is one value";
const inputsFirst = "every value comes after its inputs: product is made from x and y, so both come before it";
const lateInput = "x is an input of the sum and of double: it has to come before both, and double before tanh";

const bothSides = "a step to either side: for x³ at 2 with h = 1 that is (27 - 1) / 2 = 13; one side alone gives 19";
const twice = "from x - h to x + h are two steps: divide by 2h";

const productRule = "(a·b)' = a'·b + a·b': [3, 1] times [5, 0] has the slope 5, and [3, 0] times [5, 1] has 3";
const bothChange = "both may change with the input: x·x at 3 is [3, 1] times [3, 1], with the slope 6";

export const autograd: readonly Exercise[] = [
  exercise<DivisionSlopes>({
    id: "05-division",
    question: "Write divisionSlopes(a, b): how fast a / b changes with a, and how fast with b.",
    expects: "function",
    checks: [
      [(slopes) => Array.isArray(slopes(6, 2)) && slopes(6, 2).length === 2, "give both slopes, as [with respect to a, with respect to b]"],
      [(slopes) => near(slopes(6, 2)[0], 0.5), aFirst],
      [(slopes) => slopes(6, 2)[1]! < 0, minus],
      [(slopes) => near(slopes(6, 2)[1], -1.5), squared],
      [
        (slopes) => near(slopes(-3, 4)[0], 1 / 4) && near(slopes(-3, 4)[1], 3 / 16),
        "with a = -3, b = 4 it should be 1/4 and 3/16: mind the signs",
      ],
    ],
    hints: ["Move a by a little: by how much does a / b move? Then b.", "Write a / b as a · b^-1. The slope of b^n is n · b^(n-1)."],
    wrong: [
      { answer: (a: number, b: number): number => 1 / b + a, message: "give both slopes, as [with respect to a, with respect to b]" },
      { answer: (a: number, b: number): number[] => [b, a], message: aFirst },
      { answer: (a: number, b: number): number[] => [1 / b, a / b ** 2], message: minus },
      { answer: (a: number, b: number): number[] => [1 / b, -a / b], message: squared },
      {
        answer: (a: number, b: number): number[] => [1 / b, -Math.abs(a) / b ** 2],
        message: "with a = -3, b = 4 it should be 1/4 and 3/16: mind the signs",
      },
    ],
    solution: (a, b) => [1 / b, -a / b ** 2],
  }),
  exercise<Order>({
    id: "05-order",
    question: "Write order(node): the names of all that a node is made from, each once and after its inputs, its own name last.",
    expects: "function",
    checks: [
      [(order) => order(x).join() === "x", "a node without inputs is its own order: ['x']"],
      [(order) => new Set(order(late)).size === order(late).length, each],
      [(order) => order(product).at(-1) === "product" && order(product).length === 3, inputsFirst],
      [
        (order) => {
          const names = order(late);
          return names.at(-1) === "sum" && comesAfter(names, "double", "x") && comesAfter(names, "tanh", "double");
        },
        lateInput,
      ],
    ],
    hints: [
      "Visit a node: first all its inputs, then note its name.",
      "const visit = ({ name, inputs }) => { if (seen.has(name)) return; seen.add(name); inputs.forEach(visit); names.push(name) }",
    ],
    wrong: [
      { answer: (): string[] => [], message: "a node without inputs is its own order: ['x']" },
      {
        answer: (start: Named): string[] => {
          const visit = ({ name, inputs }: Named): string[] => [...inputs.flatMap(visit), name];
          return visit(start);
        },
        message: each,
      },
      {
        answer: (start: Named): string[] => {
          const names: string[] = [];
          const visit = ({ name, inputs }: Named): void => {
            if (names.includes(name)) return;
            names.push(name);
            inputs.forEach(visit);
          };
          visit(start);
          return names;
        },
        message: inputsFirst,
      },
      {
        answer: (start: Named): string[] => {
          const names: string[] = [];
          for (let level = [start]; level.length > 0; level = level.flatMap(({ inputs }) => inputs)) {
            for (const { name } of level) if (!names.includes(name)) names.push(name);
          }
          return names.toReversed();
        },
        message: lateInput,
      },
    ],
    solution: (start) => {
      const names: string[] = [];
      const seen = new Set<string>();
      const visit = ({ name, inputs }: Named): void => {
        if (seen.has(name)) return;
        seen.add(name);
        inputs.forEach(visit);
        names.push(name);
      };
      visit(start);
      return names;
    },
  }),
  exercise<Difference>({
    id: "05-difference",
    question: "Write difference(f, x, h): the slope of f at x, by a step of size h to either side.",
    expects: "function",
    checks: [
      [
        (slope) =>
          !near(
            slope((at) => 2 * at, 5, 0.5),
            4,
          ),
        twice,
      ],
      [
        (slope) =>
          near(
            slope((at) => 2 * at, 5, 0.5),
            2,
          ),
        "the line 2x has the slope 2, everywhere and for every step",
      ],
      [
        (slope) =>
          near(
            slope((at) => at ** 3, 2, 1),
            13,
          ),
        bothSides,
      ],
      [
        (slope) =>
          near(
            slope((at) => at ** 2, 3, 0.5),
            6,
          ),
        "on a parabola the central difference is exact: x² at 3 has the slope 6, also with h = 0.5",
      ],
    ],
    hints: ["How far apart are the two points?", "(f(x + h) - f(x - h)) / …"],
    wrong: [
      { answer: (f: Curve, at: number, h: number): number => (f(at + h) - f(at - h)) / h, message: twice },
      { answer: (f: Curve, at: number, h: number): number => (f(at + h) - f(at)) / h, message: bothSides },
      { answer: (f: Curve, at: number, h: number): number => (f(at) - f(at - h)) / h, message: bothSides },
      {
        answer: (f: Curve, at: number, h: number): number => (f(at - h) - f(at + h)) / (2 * h),
        message: "the line 2x has the slope 2, everywhere and for every step",
      },
    ],
    solution: (f, at, h) => (f(at + h) - f(at - h)) / (2 * h),
  }),
  exercise<Multiply>({
    id: "05-dual",
    question: "Multiply two dual numbers, [value, slope] each.",
    expects: "function",
    checks: [
      [(multiply) => near(multiply([3, 1], [5, 0])[0], 15), "the first part is the product of the values: 3 · 5 = 15"],
      [(multiply) => near(multiply([3, 1], [5, 0])[1], 5) && near(multiply([3, 0], [5, 1])[1], 3), productRule],
      [(multiply) => near(multiply([3, 1], [3, 1])[1], 6), bothChange],
    ],
    hints: ["Which rule of school is it? Two factors, both of which may change.", "[a * b, da * b + …]"],
    wrong: [
      {
        answer: ([a, da]: Dual, [b, db]: Dual): number[] => [a + b, da + db],
        message: "the first part is the product of the values: 3 · 5 = 15",
      },
      { answer: ([a, da]: Dual, [b, db]: Dual): number[] => [a * b, da * db], message: productRule },
      { answer: ([a, da]: Dual, [b, db]: Dual): number[] => [a * b, a * da + b * db], message: productRule },
      { answer: ([a, da]: Dual, [b, db]: Dual): number[] => [a * b, db === 0 ? da * b : a * db], message: bothChange },
    ],
    solution: ([a, da], [b, db]) => [a * b, da * b + a * db],
  }),
  exercise<number>({
    id: "05-passes",
    question: "1,000,000 weights, one loss: how many passes does forward mode need for the whole gradient?",
    expects: "number",
    checks: [
      [(passes) => passes !== 1, "one is what reverse mode needs: it gives the slopes of one result with respect to all inputs"],
      [(passes) => passes !== 2_000_000, "two a weight is what central differences need; forward mode is exact with one"],
      [(passes) => passes !== 1_000_001, "forward mode carries the value along: no evaluation is needed besides"],
      [(passes) => passes === 1_000_000, "a pass of forward mode gives the slopes with respect to one input: how many inputs are there?"],
    ],
    hints: ["What does one pass of forward mode give: one column, or one row, of all the slopes?", "One pass for each weight."],
    wrong: [
      { answer: 1, message: "one is what reverse mode needs: it gives the slopes of one result with respect to all inputs" },
      { answer: 2_000_000, message: "two a weight is what central differences need; forward mode is exact with one" },
      { answer: 1_000_001, message: "forward mode carries the value along: no evaluation is needed besides" },
      { answer: 1000, message: "a pass of forward mode gives the slopes with respect to one input: how many inputs are there?" },
    ],
    solution: 1_000_000,
  }),
  exercise<number>({
    id: "05-dropout",
    question: "Dropout with a rate of 0.2, in training mode: what becomes of a 4 that is kept?",
    expects: "number",
    checks: [
      [(kept) => !near(kept, 4), "4 is what eval() gives; in training the kept ones make up for the dropped, so that the mean stays"],
      [(kept) => !near(kept, 3.2), "that is the mean of 4 and 0, four to one; it should stay 4, so the kept ones have to grow"],
      [(kept) => !near(kept, 4.8), "a fifth more of four fifths is not the whole: divide by what is kept"],
      [(kept) => !near(kept, 20), "that divides by what is dropped: divide by what is kept"],
      [(kept) => near(kept, 5), "on average the number should still be 4: 0.8 · kept + 0.2 · 0 = 4"],
    ],
    hints: ["In four of five cases it is kept. How large must it be for the mean to be 4?", "0.8 · kept = 4"],
    wrong: [
      { answer: 4, message: "4 is what eval() gives; in training the kept ones make up for the dropped, so that the mean stays" },
      { answer: 3.2, message: "that is the mean of 4 and 0, four to one; it should stay 4, so the kept ones have to grow" },
      { answer: 4.8, message: "a fifth more of four fifths is not the whole: divide by what is kept" },
      { answer: 20, message: "that divides by what is dropped: divide by what is kept" },
      { answer: 0, message: "on average the number should still be 4: 0.8 · kept + 0.2 · 0 = 4" },
    ],
    solution: 5,
  }),
];
