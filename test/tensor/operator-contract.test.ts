/**
 * What each operator says of itself, proved by running it: where its result lies, and whether it works elementwise. A wrong word overwrites live
 * weights, or rearranges what must not be.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { apply, type Operator, type Value } from "../../kernel-helpers/tensor/graph/value.ts";
import {
  after,
  concat,
  crossEntropy,
  grad,
  groupedMatmul,
  jit,
  normal,
  parameter,
  quantizedMatmul,
  recompute,
  stopUnless,
  tensor,
  where,
  type DType,
  type Parameter,
  Tensor,
} from "../../kernel-helpers/tensor/index.ts";

const valueOf = (x: Tensor): Value => (x as unknown as { value: Value }).value;
const tensorOf = (value: Value): Tensor => new (Tensor as unknown as new (value: Value) => Tensor)(value);
const dataOf = (w: Parameter): unknown => (w as unknown as { buffer: { data: unknown } }).buffer.data;
const known = (shape: number[], seed: number): Tensor => tensor(normal(shape, { seed }).data, { shape });

const [rows, columns] = [12, 48];
const shape = [rows, columns];
const x = known(shape, 2);
const row = known([columns], 3);
const condition = tensor(
  Uint8Array.from({ length: rows * columns }, (_, index) => (index % 3 === 0 ? 1 : 0)),
  { shape, dtype: "bool" },
);
const ids = tensor([3, 0, 3, 1], { dtype: "int64" });
const grid = tensor(
  Int32Array.from({ length: rows * columns }, (_, index) => (index * 7) % rows),
  { shape, dtype: "int64" },
);
const classes = tensor(
  Int32Array.from({ length: rows }, (_, index) => (index * 5) % columns),
  { dtype: "int64" },
);

const matrix = {
  rows: 8,
  columns,
  bits: 4,
  blockSize: 16,
  data: Uint8Array.from({ length: (8 * columns) / 2 }, (_, index) => (index * 53 + 7) % 256),
  scales: Float32Array.from({ length: (8 * columns) / 16 }, (_, index) => 0.1 + (index % 5) / 50),
} as const;

/** Expressions that read the parameter w, of (12, 48): together they use each operator, with w at each of its operands. */
const expressions: Record<string, (w: Tensor) => Tensor> = {
  "w + x": (w) => w.add(x),
  "x − w": (w) => x.sub(w),
  "w · 2": (w) => w.mul(2),
  "w · 1, which only the session knows": (w) => w.mul(tensor(0).exp()),
  "w + 0, which only the session knows": (w) => w.add(tensor(3).sub(tensor(1).add(2))),
  "w / row": (w) => w.div(row),
  pow: (w) => w.abs().pow(1.5),
  "pow, of w": (w) => w.pow(2),
  maximum: (w) => w.maximum(x),
  minimum: (w) => x.minimum(w),
  clip: (w) => w.clip(-0.5, 0.5),
  "clip, bounds": (w) => x.clip(w, w.add(0.1)),
  neg: (w) => w.neg(),
  exp: (w) => w.exp(),
  log: (w) => w.log(),
  sqrt: (w) => w.sqrt(),
  reciprocal: (w) => w.reciprocal(),
  sin: (w) => w.sin(),
  cos: (w) => w.cos(),
  sign: (w) => w.sign(),
  abs: (w) => w.abs(),
  cast: (w) => w.to("int64"),
  "cast, and back": (w) => w.to("float64").to("float32"),
  tanh: (w) => w.tanh(),
  sigmoid: (w) => w.sigmoid(),
  relu: (w) => w.relu(),
  erf: (w) => w.erf(),
  gelu: (w) => w.gelu(),
  geluTanh: (w) => w.gelu({ approximate: "tanh" }),
  gate: (w) => grad((v: Tensor) => v.gelu({ approximate: "tanh" }).sum())(w),
  silu: (w) => w.silu(),
  softplus: (w) => w.softplus(),
  equal: (w) => w.equal(x),
  less: (w) => w.less(x),
  lessEqual: (w) => x.lessEqual(w),
  greater: (w) => w.greater(x),
  greaterEqual: (w) => w.greaterEqual(x),
  logicalAnd: (w) => condition.logicalAnd(w.to("bool")),
  logicalOr: (w) => condition.logicalOr(w.to("bool")),
  logicalNot: (w) => w.to("bool").logicalNot(),
  "where, first": (w) => where(condition, w, x),
  "where, second": (w) => where(condition, 0, w),
  take: (w) => w.take(ids),
  "take, all": (w) => w.take(tensor(Int32Array.from({ length: rows }, (_, index) => index))),
  addRows: (w) =>
    grad((table: Tensor) =>
      table
        .take(ids)
        .mul(w.slice([0, 4]))
        .sum(),
    )(x),
  gather: (w) => w.gather(0, grid),
  topIndices: (w) => w.topK(5, 1).indices,
  "topK, values": (w) => w.topK(3, 0).values,
  "argsort, of one": (w) => w.reshape([rows * columns, 1]).argsort(1),
  "groupedMatmul, rows": (w) => groupedMatmul(w, x.reshape([1, columns, rows]), tensor([rows], { dtype: "int64" })),
  "groupedMatmul, matrices": (w) => groupedMatmul(x.slice(null, [0, 4]), w.reshape([2, 4, 72]), tensor([7, 3], { dtype: "int64" })),
  "groupedMatmul, sizes that are checked": (w) => groupedMatmul(x.slice(null, [0, 4]), w.reshape([2, 4, 72]), w.slice(0, [0, 2]).mul(0).add(2).to("int64")), // prettier-ignore
  groupedOuter: (w) => grad((v: Tensor) => groupedMatmul(w, v, tensor([rows - 1], { dtype: "int64" })).square().sum())(x.reshape([1, columns, rows])), // prettier-ignore
  "scatterAdd, to": (w) => w.scatterAdd(0, grid, x),
  "scatterAdd, numbers": (w) => x.scatterAdd(0, grid, w),
  "matmul, left": (w) => w.matmul(x.T),
  "matmul, right": (w) => x.T.matmul(w),
  "matmul, batches": (w) => w.reshape([3, 4, columns]).matmul(x.reshape([3, columns, 4])),
  quantizedMatmul: (w) => quantizedMatmul(w, matrix),
  quantizedNumbers: (w) =>
    grad((v: Tensor) =>
      quantizedMatmul(v, matrix)
        .mul(w.slice(null, [0, 8]))
        .sum(),
    )(x),
  softmax: (w) => w.softmax(),
  "softmax of one": (w) => w.reshape([rows * columns, 1]).softmax(),
  logSoftmax: (w) => w.logSoftmax(0),
  crossEntropy: (w) => crossEntropy(w, classes),
  minusOneHot: (w) => grad((logits: Tensor) => crossEntropy(logits, classes))(w),
  broadcastTo: (w) => w.broadcastTo([2, ...shape]),
  sum: (w) => w.sum(0),
  "sum of one": (w) => w.reshape([1, rows, columns]).sum(0, { keepDims: true }),
  slice: (w) => w.slice([2, 9]),
  "slice, with steps": (w) => w.slice(null, [1, null, 2]),
  "slice, of one row": (w) => w.slice(5),
  unslice: (w) =>
    grad((wide: Tensor) =>
      wide
        .slice([0, 12, 2])
        .mul(w.slice([0, 6]))
        .sum(),
    )(x),
  pad: (w) => w.pad([[0, 1], [0, 0]]), // prettier-ignore
  concat: (w) => concat([w, x], 1),
  "concat, with nothing": (w) => concat([w, x.slice([0, 0])]),
  split: (w) => w.split([5, 7], 0)[1]!,
  "split of columns": (w) => w.split([16, 32])[0]!,
  flip: (w) => w.flip(0),
  "flip of one": (w) => w.reshape([1, rows * columns]).flip(0),
  max: (w) => w.max(1),
  min: (w) => w.min(0),
  "max of one": (w) => w.reshape([rows, columns, 1]).max(2),
  variance: (w) => w.variance(1),
  logSumExp: (w) => w.logSumExp(1),
  detach: (w) => w.detach(),
  argmax: (w) => w.argmax(1),
  cumsum: (w) => w.cumsum(0),
  "cumsum of one": (w) => w.reshape([1, rows * columns]).cumsum(0),
  random: (w) => normal([4], { seed: w.sum().to("int64") }),
  after: (w) => after(w, [x]),
  "indices that are checked": (w) => x.take(w.abs().mul(2).to("int64").slice(0)),
  "divisors that are checked": (w) => tensor(grid.data, { shape, dtype: "int64" }).div(w.abs().to("int64").add(1)),
  reshape: (w) => w.reshape([columns, rows]),
  "unsqueeze and squeeze": (w) =>
    w
      .unsqueeze(1)
      .squeeze(1)
      .reshape([rows * columns]),
  permute: (w) => w.T,
  "permute of one": (w) => w.reshape([rows, 1, columns]).permute([1, 0, 2]),
  layerNorm: (w) => w.layerNorm(row, row),
  "layerNorm, weights": (w) => x.layerNorm(w.slice(0), w.slice(1)),
  rmsNorm: (w) => w.rmsNorm(row),
  stopUnless: (w) => stopUnless(w.max().less(1e9)),
  alias: (w) => grad((v: Tensor) => v.square().sum())(w),
  recompute: (w) => recompute((v: Tensor) => v.reshape([columns, rows]))(w),
  "recompute, of w": (w) => recompute((v: Tensor) => v.mul(1).reshape(shape).T.T.reshape([columns, rows]).reshape(shape).add(0).T)(w),
};

function operatorsBelow(value: Value, found: Map<string, Operator> = new Map()): Map<string, Operator> {
  if (found.get(value.node.operator.name) === value.node.operator && value.node.inputs.length === 0) return found;
  found.set(value.node.operator.name, value.node.operator);
  for (const input of value.node.inputs) operatorsBelow(input, found);
  return found;
}

/**
 * 2·f(w) and w, computed by a graph in which w grows by 1 once f(w) is there, and only then f(w) is read: a result that lies in w's memory, or whose
 * readers read w, is wrong unless the graph knows.
 */
function readLate(f: (w: Tensor) => Tensor): { late: number[]; w: Parameter; isInPlace: boolean } {
  const w = parameter(known(shape, 1));
  const before = dataOf(w);
  const step = jit(() => {
    const y = f(w);
    const early = y.dtype === "float32" ? y : y.to("float32");
    const next = w.add(after(tensor(1), [early]));
    w.assign(next);
    const two = after(tensor(2), [next]);
    const late = early.mul(two);
    const squares = (of: Tensor): Tensor => of.matmul(of.transpose(-1, -2).detach()).mul(two); // another reader, which may merge with y
    return early.rank >= 2 ? [late, squares(early)] : [late];
  });
  const [late, also] = step() as Tensor[];
  step.close();
  if (also) {
    const plain = f(known(shape, 1)).to("float32");
    const expected = plain.matmul(plain.transpose(-1, -2)).mul(2);
    const apart = also.sub(expected).abs().max().item() / expected.abs().max().item();
    if (!Number.isNaN(apart)) expect(apart).toBeLessThan(1e-5);
  }
  return { late: [...late!.div(2).reshape([-1]).data] as number[], w, isInPlace: dataOf(w) === before };
}

/** NaN equals NaN; rounding may differ where vectors end elsewhere. */
const isNear = (a: number, b: number): boolean => Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(b));
const wrong = (found: ArrayLike<number>, expected: ArrayLike<number>): number[] =>
  Array.from(found).flatMap((number, index) => (isNear(number, expected[index]!) ? [] : [index]));

describe("a parameter that is written while a result made from it is alive", () => {
  test.each(Object.entries(expressions))("%s: the result keeps its numbers", (_name, f) => {
    const { late, w } = readLate(f);
    const expected = [...f(known(shape, 1)).to("float32").reshape([-1]).data] as number[];
    expect(late.length).toBe(expected.length);
    expect(wrong(late, expected)).toEqual([]);
    expect(wrong(w.data as Float32Array, known(shape, 1).add(1).data as Float32Array)).toEqual([]);
  });

  test("is written in place only where the operator's result has memory of its own", () => {
    for (const name of ["w + x", "exp", "sum", "concat", "take", "softmax", "matmul, left", "flip"]) {
      expect([name, readLate(expressions[name]!).isInPlace]).toEqual([name, true]);
    }
    for (const name of ["reshape", "permute", "slice", "split", "detach", "recompute", "w · 1, which only the session knows"]) {
      expect([name, readLate(expressions[name]!).isInPlace]).toEqual([name, false]);
    }
  });

  test("the numbers would be wrong if a view said that it has memory of its own", () => {
    const { operator } = valueOf(x.reshape([columns, rows])).node;
    const lying: Operator = { ...operator, memory: "own" };
    const f = (w: Tensor): Tensor => tensorOf(apply(lying, [valueOf(w)], { shape: [rows * columns], dtype: "float32" }));
    expect(wrong(readLate(f).late, known(shape, 1).data as Float32Array).length).toBe(rows * columns);
  });
});

const everyOperator = (): Map<string, Operator> => {
  const found = new Map<string, Operator>();
  for (const f of Object.values(expressions)) operatorsBelow(valueOf(f(parameter(known(shape, 1)))), found);
  // Those whose gradient has no operator of its own: they are within.
  grad((w: Tensor) => {
    const value = w.mul(2).sum();
    operatorsBelow(valueOf(value), found);
    return value;
  })(x);
  return found;
};

describe("every operator", () => {
  test("is among the expressions, under a name of its own", () => {
    const files = readdirSync("kernel-helpers/tensor/operators").map((file) => `operators/${file}`);
    const names = [...files, "grad.ts", "recompute.ts", "stop.ts"].flatMap((file) => {
      const text = readFileSync(`kernel-helpers/tensor/${file}`, "utf8");
      const objects = [...text.matchAll(/name: "(\w+)",\s+memory:/g)];
      const made = [...text.matchAll(/\b(?:binary|unary|activation|comparison|extreme)\(\s*"(\w+)"/g)];
      return [...objects, ...made].map(([, name]) => name!);
    });
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const found = everyOperator();
    expect(names.filter((name) => !found.has(name))).toEqual([]);
  });
});

/** Large enough for several threads, and no multiple of a vector. */
const large = 200_003;

describe("an operator that works in place", () => {
  const inPlace: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
    add: (a, b) => a.add(b),
    sub: (a, b) => a.sub(b),
    mul: (a, b) => a.mul(b),
    div: (a, b) => a.div(b),
    maximum: (a, b) => a.maximum(b),
    minimum: (a, b) => a.minimum(b),
    where: (a, b) =>
      where(
        tensor(
          Uint8Array.from({ length: large }, (_, index) => index % 2),
          { dtype: "bool" },
        ),
        a,
        b,
      ),
  };

  test("is one of those tried here", () => {
    const said = [...everyOperator().values()].filter(({ memory }) => memory === "inPlace").map(({ name }) => name);
    expect(said.toSorted()).toEqual(Object.keys(inPlace).toSorted());
  });

  test.each(Object.entries(inPlace))("%s writes over either operand, and over both", (_name, f) => {
    const [a, b] = [known([large], 5), known([large], 6)];
    const variants: ((w: Tensor) => Tensor)[] = [(w) => f(w, b), (w) => f(b, w), (w) => f(w, w)];
    for (const variant of variants) {
      const w = parameter(a);
      const before = dataOf(w);
      const step = jit(() => w.assign(variant(w)));
      step();
      step.close();
      expect(dataOf(w)).toBe(before);
      expect(wrong(w.data as Float32Array, variant(a).data as Float32Array)).toEqual([]);
    }
  });
});

describe("an operator that says it works elementwise", () => {
  const order = Int32Array.from({ length: rows * columns }, (_, index) => (index * 325 + 17) % (rows * columns)); // 325 and 576 have no common factor
  const permuted = (data: ArrayLike<number | bigint>): number[] => Array.from(order, (from) => Number(data[from]!));
  const draw = (dtype: DType, seed: number): Tensor => known(shape, seed).to(dtype === "bool" ? "bool" : dtype);

  test("gives the same numbers rearranged when all operands are rearranged alike", () => {
    const tried: string[] = [];
    for (const operator of everyOperator().values()) {
      if (!operator.elementwise) continue;
      tried.push(operator.name);
      const logical = operator.name.startsWith("logical");
      const count = ["where", "clip"].includes(operator.name) ? 3 : /^(neg|exp|log|sqrt|reciprocal|sin|cos|sign|abs|cast|tanh|sigmoid|relu|erf|gelu|geluTanh|gate|silu|softplus|logicalNot|detach|alias)$/.test(operator.name) ? 1 : 2; // prettier-ignore
      const operands = Array.from({ length: count }, (_, index) =>
        draw(logical || (operator.name === "where" && index === 0) ? "bool" : "float32", 10 + index),
      );
      const comparison = logical || /^(equal|less|greater)/.test(operator.name);
      const dtype = comparison ? "bool" : operator.name === "cast" ? "int64" : "float32";
      const result = (given: readonly Tensor[]): ArrayLike<number> =>
        tensorOf(apply(operator, given.map(valueOf), { shape, dtype })).to("float32").data as Float32Array;
      const moved = operands.map((operand) => tensor(permuted(operand.data as Float32Array), { dtype: operand.dtype }).reshape(shape));
      const [found, expected] = [result(moved), permuted(result(operands))];
      expect([operator.name, wrong(found, expected)]).toEqual([operator.name, []]);
    }
    expect(tried.length).toBeGreaterThan(30);
  });

  test("is none of those that are not", () => {
    const said = [...everyOperator().values()].filter(({ elementwise }) => elementwise).map(({ name }) => name);
    for (const name of ["sum", "softmax", "cumsum", "flip", "matmul", "permute", "reshape", "layerNorm"]) expect(said).not.toContain(name);
  });
});
