/** Chains of operations computed tile by tile: the same numbers, in one loop, and only what can be computed so. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradientsOf } from "../../kernel-helpers/tensor/gradient.ts";
import { evaluate } from "../../kernel-helpers/tensor/evaluate.ts";
import { isGiven, nodesBelow } from "../../kernel-helpers/tensor/graph/order.ts";
import type { Value } from "../../kernel-helpers/tensor/graph/value.ts";
import { inTiles } from "../../kernel-helpers/tensor/tiles/in-tiles.ts";
import { normal, where, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";

/** The expression, which its type hides. */
const valueOf = (tensor: Tensor): Value => (tensor as unknown as { value: Value }).value;

let draws = 0;

/** Numbers that are known: how they are drawn is no part of the graph. */
function draw(...shape: number[]): Tensor {
  const drawn = normal(shape, { seed: draws++ });
  evaluate([valueOf(drawn)]);
  return drawn;
}

/** How far the numbers are from those of the plain graph, and what operators there are when it is computed tile by tile. */
function computed(values: readonly Value[], tile: number): { apart: number; operators: string[] } {
  const tiled = inTiles(values, tile);
  const operators = nodesBelow(tiled, isGiven).map(({ operator }) => operator.name);
  evaluate([...values, ...tiled]);
  const numbers = (of: readonly Value[]): number[] => of.flatMap(({ buffer }) => [...(buffer!.data as Float32Array)]);
  const [plain, found] = [numbers(values), numbers(tiled)];
  const apart = Math.max(...plain.map((number, place) => Math.abs(number - found[place]!) / (1 + Math.abs(number))));
  return { apart: found.length === plain.length ? apart : NaN, operators };
}

/** Rounding may differ, where vectors end in other places. */
const closely = 1e-5;

const loops = (operators: readonly string[]): number => operators.filter((name) => name === "loop").length;

/** One more node than the chain: what comes last is a result, which no loop makes. */
const end = (x: Tensor): Value => valueOf(x.reshape([-1]));

describe("a chain of operations is one loop", () => {
  test.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
    ["number by number", (x, y) => x.mul(y).add(1).tanh().mul(x).sub(y).div(2)],
    ["with vectors along the last axis and numbers", (x, y) => x.mul(draw(24)).add(draw(1, 24)).exp().mul(draw(1, 1)).sub(y).abs()],
    ["with a number for each row", (x, y) => x.sub(draw(64, 1)).mul(y).exp().mul(x).add(1)],
    [
      "with sums of the rows",
      (x, y) =>
        x
          .mul(x.mul(y).sum(-1, { keepDims: true }))
          .sub(y)
          .mul(2)
          .tanh(),
    ],
    ["with conditions", (x, y) => where(x.greater(y), x.mul(y), y).add(1).mul(x).relu()],
    [
      "whose first axis has no divisor near",
      (x, y) =>
        x
          .slice([0, 61])
          .mul(y.slice([0, 61]))
          .add(1)
          .exp()
          .mul(2)
          .add(3),
    ],
  ])("%s", (_name, f) => {
    const { apart, operators } = computed([end(f(draw(64, 24), draw(64, 24)))], 256);
    expect(apart).toBeLessThan(closely);
    expect(loops(operators)).toBe(1);
    expect(operators.filter((name) => ["add", "mul", "sub", "exp"].includes(name))).toHaveLength(0);
  });

  test("the slope of GELU, whose result the forward pass needs before there is a gradient", () => {
    const [x, w] = [draw(64, 24), draw(24, 24)];
    const y = x.gelu({ approximate: "tanh" });
    const loss = y.matmul(w).square().sum();
    const gradient = gradientsOf(valueOf(loss), [valueOf(x)])[0]!;
    const { apart, operators } = computed([gradient, valueOf(loss)], 256);
    expect(apart).toBeLessThan(closely);
    expect(loops(operators)).toBe(1);
  });

  test("results that several others need come out of it together", () => {
    const [x, y] = [draw(64, 24), draw(64, 24)];
    const middle = x.mul(y).add(1).tanh();
    const { apart, operators } = computed([end(middle), end(middle.exp().mul(x).sub(y))], 256);
    expect(apart).toBeLessThan(closely);
    expect(loops(operators)).toBe(1);
  });
});

describe("what cannot be computed so stays as it is", () => {
  test.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
    [
      "small tensors",
      (x, y) =>
        x
          .slice([0, 8])
          .mul(y.slice([0, 8]))
          .add(1)
          .exp()
          .mul(2)
          .add(3)
          .tanh(),
    ],
    ["short chains", (x, y) => x.mul(y).add(1)],
    ["sums down the columns", (x) => x.sum(0, { keepDims: true })],
  ])("%s", (_name, f) => {
    expect(loops(computed([end(f(draw(64, 24), draw(64, 24)))], 256).operators)).toBe(0);
  });

  test("a chain that something else interrupts is two loops", () => {
    const [x, y] = [draw(64, 24), draw(64, 24)];
    const before = x.mul(y).add(1).tanh().mul(2).exp();
    const turned = before.matmul(draw(24, 24));
    const { apart, operators } = computed([end(turned.mul(before).add(x).tanh().mul(3).exp())], 256);
    expect(apart).toBeLessThan(closely);
    expect(loops(operators)).toBe(2);
  });
});

test("any graph gives the same numbers, whatever is grouped", () => {
  const step = fc.record({ kind: fc.constantFrom("unary", "binary", "rows", "columns", "matmul", "turn"), a: fc.nat(), b: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (steps, ends) => {
      const made = [draw(12, 12), draw(12, 12).mul(0.5), zeros([12, 12]).add(0.25)];
      for (const { kind, a, b } of steps) {
        const [x, y] = [made[a % made.length]!, made[b % made.length]!];
        if (kind === "unary") made.push(x.tanh());
        else if (kind === "binary") made.push(x.sub(y));
        else if (kind === "rows") made.push(x.sub(y.sum(-1, { keepDims: true }).mul(0.1)));
        else if (kind === "columns") made.push(x.sub(y.sum(0, { keepDims: true }).mul(0.1)));
        else if (kind === "matmul") made.push(x.matmul(y).mul(0.1).tanh());
        else made.push(x.T);
      }
      const { apart } = computed(
        [...ends, -1].map((place) => valueOf(made.at(place % made.length)!)),
        24,
      );
      expect(apart).toBeLessThan(closely);
    }),
    { numRuns: 60 },
  );
});
