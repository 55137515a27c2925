/**
 * Functions of single numbers from the tiniest to the largest, in float32 and float64: in units of the last place, no farther from the truth than
 * PyTorch and a little. The truth is what PyTorch finds in float64.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { askPeer } from "./ask-peer.ts";
import { packOne, unpack, type PackedArray } from "./compare.ts";

interface Row {
  ours: (x: Tensor) => Tensor;
  torch: string;
  /** How many units in the last place we may be worse. @default 4 */
  ulps?: number;
  /** For formulas that take the difference of nearly equal numbers, as PyTorch does: how far off, in units of the last place of 1. */
  absolute?: number;
}

const rows: Readonly<Record<string, Row>> = {
  exp: { ours: (x) => x.exp(), torch: "x.exp()" },
  log: { ours: (x) => x.log(), torch: "x.log()" },
  sqrt: { ours: (x) => x.sqrt(), torch: "x.sqrt()" },
  square: { ours: (x) => x.square(), torch: "x.square()" },
  reciprocal: { ours: (x) => x.reciprocal(), torch: "x.reciprocal()" },
  "pow 3": { ours: (x) => x.pow(3), torch: "x ** 3" },
  "pow 0.5": { ours: (x) => x.pow(0.5), torch: "x ** 0.5" },
  "pow 1.7": { ours: (x) => x.pow(1.7), torch: "x ** 1.7" },
  "pow -2": { ours: (x) => x.pow(-2), torch: "x ** -2" },
  sin: { ours: (x) => x.sin(), torch: "x.sin()" },
  cos: { ours: (x) => x.cos(), torch: "x.cos()" },
  tanh: { ours: (x) => x.tanh(), torch: "x.tanh()", ulps: 7 },
  sigmoid: { ours: (x) => x.sigmoid(), torch: "x.sigmoid()" },
  silu: { ours: (x) => x.silu(), torch: "F.silu(x)" },
  // F.softplus is x from 20 on, which is farther off.
  softplus: { ours: (x) => x.softplus(), torch: "torch.log1p(torch.exp(-x.abs())) + x.relu()" },
  erf: { ours: (x) => x.erf(), torch: "x.erf()" },
  gelu: { ours: (x) => x.gelu(), torch: "F.gelu(x)", absolute: 10 },
  "gelu by tanh": { ours: (x) => x.gelu({ approximate: "tanh" }), torch: 'F.gelu(x, approximate="tanh")', absolute: 10 },
  relu: { ours: (x) => x.relu(), torch: "x.relu()" },
  leakyRelu: { ours: (x) => x.leakyRelu(), torch: "F.leaky_relu(x)" },
  abs: { ours: (x) => x.abs(), torch: "x.abs()" },
  sign: { ours: (x) => x.sign(), torch: "x.sign()" },
  clip: { ours: (x) => x.clip(-2, 3), torch: "x.clamp(-2, 3)" },
  "to bool": { ours: (x) => x.to("bool"), torch: "x.bool()" },
  "to int64": { ours: (x) => x.clip(-1e9, 1e9).to("int64"), torch: "x.clamp(-1e9, 1e9).long()" },
};

const numbers = [0, 1, 0.5, Infinity].flatMap((number) => [number, -number]).concat(NaN);
for (let exponent = -45; exponent <= 38; exponent++) {
  for (const first of [1, 1.7, 3.3]) numbers.push(first * 10 ** exponent, -first * 10 ** exponent);
}
for (let number = -110; number <= 110; number += 0.37) numbers.push(number);
for (let number = -10; number <= 10; number += 0.0173) numbers.push(number);
const beyondFloat32 = [5e-324, 1e-310, 1e-300, 1e200, 1e308, 700, 745].flatMap((number) => [number, -number]);

/** The distance between neighbours of a number of that type. */
const spacing = (number: number, dtype: string): number => {
  const [digits, least] = dtype === "float64" ? [52, 2 ** -1074] : [23, 2 ** -149];
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(number))) - digits), least);
};

const dtypes = ["float32", "float64"] as const;
const given = { float32: tensor(numbers), float64: tensor([...numbers, ...beyondFloat32], { dtype: "float64" }) };
const cases = dtypes.flatMap((dtype) => Object.entries(rows).map(([name, row]) => ({ name: `${name}, ${dtype}`, dtype, ...row })));

type Answers = readonly { value: PackedArray }[];

function faults({ ours, dtype, ulps = 4, absolute = 0 }: (typeof cases)[number], theirs: number[], truth: number[]): string[] {
  const [from, found] = [given[dtype], ours(given[dtype])].map((values) => Array.from(values.data, Number)) as [number[], number[]];
  return found.flatMap((number, place) => {
    const [expected, exact] = [theirs[place]!, truth[place]!];
    const unit = spacing(dtype === "float64" ? exact : Math.fround(exact), dtype);
    const allowed = Math.max(Math.abs(expected - exact) + ulps * unit, absolute * spacing(1, dtype));
    const isFine = [expected, exact].some((right) => number === right || Object.is(number, right)) || Math.abs(number - exact) <= allowed;
    return isFine ? [] : [`of ${from[place]}: ${number}, where PyTorch has ${expected}`];
  });
}

describe("as exact as PyTorch", () => {
  let answers: Answers;
  beforeAll(() => {
    const questions = cases.flatMap(({ torch, dtype }) =>
      [given[dtype], given[dtype].to("float64")].map((x) => ({ torch, inputs: { x: packOne(x) } })),
    );
    answers = askPeer("expressions.py", questions) as Answers;
  });

  test.each(cases.map((one, index) => ({ ...one, index })))("$name", ({ index, ...one }) => {
    const [theirs, truth] = answers.slice(2 * index, 2 * index + 2).map(({ value }) => unpack(value)) as [number[], number[]];
    expect(faults(one, theirs, truth)).toEqual([]);
  });
});
