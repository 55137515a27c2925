/** Every operator's gradient against finite differences, and the results that are easy to say. */
import { describe, expect, test } from "vitest";
import {
  arange,
  concat,
  crossEntropy,
  einsum,
  grad,
  groupedMatmul,
  stack,
  tensor,
  uniform,
  where,
  type Tensor,
} from "../../kernel-helpers/tensor/index.ts";
import { wrongGradients, type GradientCheck } from "./check-gradients.ts";

const positive: GradientCheck = { draw: (random) => 0.5 + random.next() };
const single: GradientCheck = { dtype: "float32" };

type Case = [name: string, f: (...xs: Tensor[]) => Tensor, shapes: number[][], options?: GradientCheck];

const targets = tensor([2, 0, 1], { dtype: "int64" });
const places = tensor(
  [
    [0, 2, 2],
    [1, 0, 1],
  ],
  { dtype: "int64" },
);

const cases: Case[] = [
  ["add, broadcast", (a, b) => a!.add(b!), [[2, 3], [3]]],
  [
    "sub, broadcast",
    (a, b) => a!.sub(b!),
    [
      [1, 3],
      [2, 1],
    ],
  ],
  [
    "mul, broadcast",
    (a, b) => a!.mul(b!),
    [
      [2, 1, 3],
      [4, 1],
    ],
  ],
  [
    "div, broadcast",
    (a, b) => a!.div(b!),
    [
      [2, 3],
      [2, 1],
    ],
    positive,
  ],
  ["pow", (a, b) => a!.pow(b!), [[3], [2, 3]], positive],
  ["maximum", (a, b) => a!.maximum(b!), [[4], [2, 4]]],
  ["minimum", (a, b) => a!.minimum(b!), [[4], [2, 4]]],
  ["exp", (x) => x!.exp(), [[3]]],
  ["log", (x) => x!.log(), [[3]], positive],
  ["sqrt", (x) => x!.sqrt(), [[3]], positive],
  ["square", (x) => x!.square(), [[3]]],
  ["abs", (x) => x!.abs(), [[5]]],
  ["neg", (x) => x!.neg(), [[3]]],
  ["reciprocal", (x) => x!.reciprocal(), [[3]], positive],
  ["sin", (x) => x!.sin(), [[3]]],
  ["cos", (x) => x!.cos(), [[3]]],
  ["tanh", (x) => x!.tanh(), [[4]]],
  ["sigmoid", (x) => x!.sigmoid(), [[4]]],
  ["relu", (x) => x!.relu(), [[5]]],
  ["silu", (x) => x!.silu(), [[5]]],
  ["silu in float32", (x) => x!.silu(), [[5]], single],
  ["softplus", (x) => x!.softplus(), [[5]]],
  ["leakyRelu", (x) => x!.leakyRelu(0.1), [[5]]],
  ["erf", (x) => x!.erf(), [[5]]],
  ["gelu", (x) => x!.gelu(), [[5]]],
  ["gelu by tanh", (x) => x!.gelu({ approximate: "tanh" }), [[5]]],
  ["gelu by tanh in float32", (x) => x!.gelu({ approximate: "tanh" }), [[5]], single],
  ["sum", (x) => x!.sum([0, -1]), [[2, 3, 2]]],
  ["sum down the columns", (x) => x!.sum(0), [[3, 4]], single],
  ["mean", (x) => x!.mean(1, { keepDims: true }), [[2, 3]]],
  ["max", (x) => x!.max(0), [[3, 4]]],
  ["min", (x) => x!.min(), [[3, 4]]],
  ["variance", (x) => x!.variance(-1), [[3, 4]]],
  ["logSumExp", (x) => x!.logSumExp(1), [[2, 5]]],
  ["cumsum", (x) => x!.cumsum(1), [[2, 5]]],
  ["softmax", (x) => x!.softmax(0), [[4, 2]]],
  ["logSoftmax", (x) => x!.logSoftmax(), [[2, 4]]],
  ["layerNorm", (x, w, b) => x!.layerNorm(w!, b!), [[2, 3, 5], [5], [5]]],
  ["rmsNorm", (x, w) => x!.rmsNorm(w!), [[3, 5], [5]]],
  ["crossEntropy", (x) => crossEntropy(x!, targets), [[3, 4]]],
  ["crossEntropy with ignored targets", (x) => crossEntropy(x!, targets, { ignoreIndex: 0 }), [[3, 4]]],
  ["reshape", (x) => x!.reshape([3, -1]), [[2, 3]]],
  ["permute", (x) => x!.permute([2, 0, 1]), [[2, 3, 4]]],
  ["broadcastTo", (x) => x!.broadcastTo([2, 4, 3]), [[4, 1]]],
  [
    "matmul",
    (a, b) => a!.matmul(b!),
    [
      [2, 3],
      [3, 4],
    ],
  ],
  [
    "matmul of transposed",
    (a, b) => a!.T.matmul(b!.T),
    [
      [3, 2],
      [4, 3],
    ],
  ],
  [
    "matmul in batches",
    (a, b) => a!.matmul(b!),
    [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
  ],
  [
    "matmul of transposed batches",
    (a, b) => a!.T.matmul(b!.T),
    [
      [2, 3, 2],
      [2, 4, 3],
    ],
    single,
  ],
  ["matmul with vectors", (a, b) => a!.matmul(b!), [[3], [2, 3, 4]]],
  [
    "einsum",
    (a, b) => einsum("bhtd,bhsd->bhts", a!, b!),
    [
      [1, 2, 3, 2],
      [1, 2, 4, 2],
    ],
  ],
  ["einsum of three", (a, b, c) => einsum("ij,jk,k->i", a!, b!, c!), [[2, 3], [3, 2], [2]]],
  ["einsum that sums out", (a, b) => einsum("ab,c->c", a!, b!), [[2, 3], [2]]],
  ["where", (a, b) => where(a!.greater(0), a!.mul(b!), b!), [[2, 3], [3]]],
  ["tril", (x) => x!.tril(-1), [[2, 3, 3]]],
  ["triu", (x) => x!.triu(1), [[3, 4]]],
  ["slice", (x) => x!.slice(null, [1, -1], 0), [[2, 4, 3]]],
  ["slice in steps", (x) => x!.slice([0, 5, 2], [1, null, 3]), [[5, 6]]],
  [
    "pad",
    (x) =>
      x!.pad([
        [1, 0],
        [0, 2],
      ]),
    [[2, 3]],
  ],
  ["flip", (x) => x!.flip(1), [[2, 3]]],
  [
    "concat",
    (a, b) => concat([a!, b!, a!], 1),
    [
      [2, 1],
      [2, 3],
    ],
  ],
  [
    "stack",
    (a, b) => stack([a!, b!], 1),
    [
      [2, 2],
      [2, 2],
    ],
  ],
  [
    "split",
    (x) => {
      const [a, b] = x!.split([1, 3]);
      return a!.mul(b!);
    },
    [[2, 4]],
  ],
  ["take", (x) => x!.take(places), [[3, 2]]],
  ["take along another axis", (x) => x!.take(places, 1), [[2, 3, 2]]],
  ["gather", (x) => x!.gather(1, places), [[2, 3]]],
  ["topK", (x) => x!.topK(2, 0).values, [[4, 3]]],
  ["topK of the smallest", (x) => x!.topK(2, 1, { largest: false }).values, [[2, 5]]],
  ["groupedMatmul", (x, w) => groupedMatmul(x!, w!, tensor([2, 0, 1], { dtype: "int64" })), [[4, 2], [3, 2, 3]]], // prettier-ignore
  ["groupedMatmul of transposed", (x, w) => groupedMatmul(x!, w!.transpose(1, 2), tensor([1, 3], { dtype: "int64" })), [[4, 2], [2, 3, 2]]], // prettier-ignore
  [
    "scatterAdd",
    (x, y) => x!.scatterAdd(1, places, y!),
    [
      [2, 3],
      [2, 3],
    ],
  ],
];

describe("the gradient", () => {
  test.each(cases)("of %s equals finite differences", (_name, f, shapes, options) => {
    expect(wrongGradients(f, shapes, options)).toEqual([]);
  });

  test.each(
    cases.filter(([name]) =>
      [
        "mul, broadcast",
        "div, broadcast",
        "tanh",
        "softmax",
        "layerNorm",
        "crossEntropy",
        "matmul",
        "slice",
        "take",
        "logSoftmax",
        "gelu by tanh",
        "where",
      ].includes(name),
    ),
  )("of the gradient of %s equals finite differences", (_name, f, shapes, options) => {
    const inner = (...xs: Tensor[]): Tensor => {
      const gradients = grad((all: readonly Tensor[]) =>
        f(...all)
          .square()
          .sum(),
      )(xs);
      return concat(gradients.map((gradient) => gradient.reshape([-1])));
    };
    expect(wrongGradients(inner, shapes, options)).toEqual([]);
  });
});

describe("an operator", () => {
  test("crossEntropy of equal logits is log V, and ignored targets do not count", () => {
    const logits = tensor([
      [0, 0, 0, 0],
      [9, 0, 0, 0],
    ]);
    expect(crossEntropy(logits, tensor([1, 3], { dtype: "int64" }), { ignoreIndex: 3 }).item()).toBeCloseTo(Math.log(4), 6);
    expect(() => crossEntropy(logits, tensor([1], { dtype: "int64" }))).toThrow(
      "crossEntropy: there is not one target for each row of logits: (2, 4) and (1)",
    );
  });

  test("slice takes what Python's brackets take", () => {
    const x = arange(24).reshape([2, 3, 4]);
    expect(x.slice(1, [0, 2], -1).toArray()).toEqual([15, 19]);
    expect(x.slice(null, [-1, null]).shape).toEqual([2, 1, 4]);
    expect(x.slice(0, 0, [0, 4, 3]).toArray()).toEqual([0, 3]);
    expect(x.slice([5, 9]).shape).toEqual([0, 3, 4]);
    expect(() => x.slice(2)).toThrow("slice: index 2 is out of range for axis 0 of (2, 3, 4)");
  });

  test("einsum says what is wrong with its letters", () => {
    expect(einsum("ij", arange(6, { dtype: "float32" }).reshape([2, 3])).shape).toEqual([2, 3]);
    expect(
      einsum(
        "ji",
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(
      einsum(
        "ij->",
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).item(),
    ).toBe(10);
    expect(() =>
      einsum(
        "ii->i",
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toThrow('einsum("ii->i"): "ii" names a diagonal, which is not supported');
    expect(() => einsum("ij,jk->ik", tensor([[1]]), tensor([[1], [2]]))).toThrow('"j" stands for 1 and for 2: (1, 1) and (2, 1)');
  });

  test("flip, concat, stack and pad put numbers where they belong", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(x.flip().toArray()).toEqual([
      [4, 3],
      [2, 1],
    ]);
    expect(concat([x, x.slice([0, 1])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [1, 2],
    ]);
    expect(stack([x, x], 2).shape).toEqual([2, 2, 2]);
    expect(
      x
        .pad(
          [
            [0, 1],
            [1, 0],
          ],
          9,
        )
        .toArray(),
    ).toEqual([
      [9, 1, 2],
      [9, 3, 4],
      [9, 9, 9],
    ]);
    expect(() => concat([x, tensor([[1, 2, 3]])])).toThrow("concat: sizes differ on another axis than 0: (2, 2) and (1, 3)");
  });

  test("of nothing gives what PyTorch gives", () => {
    expect(uniform([0, 3], { seed: 1 }).shape).toEqual([0, 3]);
    expect(uniform([0, 3], { seed: 1 }).data).toHaveLength(0);
    expect(tensor([]).logSumExp().item()).toBe(-Infinity);
    expect(tensor([]).variance().item()).toBeNaN();
    expect(crossEntropy(tensor([], { shape: [0, 4] }), tensor([], { dtype: "int64" })).item()).toBeNaN();
    expect(tensor(1).gelu({ approximate: "tanh" }).item()).toBeCloseTo(0.841192, 6); // F.gelu(torch.tensor(1.0), approximate="tanh")
  });

  test("crossEntropy looks at nothing in a row that is ignored: all ignored, the gradient is 0; an impossible class there is no matter", () => {
    const logits = tensor([
      [-Infinity, 2, 1],
      [-Infinity, 0, 0],
    ]);
    const one = tensor([-100, 1], { dtype: "int64" });
    expect(crossEntropy(logits, one).item()).toBeCloseTo(Math.log(2), 6);
    const gradient = grad((x: Tensor) => crossEntropy(x, tensor([-100, -100], { dtype: "int64" })))(logits);
    expect(gradient.toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test("without a gradient says so instead of giving zeros", () => {
    expect(() =>
      grad((x: Tensor) =>
        uniform([1], { seed: x.to("int64").sum() })
          .sum()
          .mul(x.sum()),
      )(tensor([1])),
    ).not.toThrow();
    expect(grad((x: Tensor) => x.sign().sum())(tensor([3])).toArray()).toEqual([0]);
  });
});
