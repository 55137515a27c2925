/** Products, random numbers, what makes tensors, and what is about the computation itself. */
import {
  after,
  arange,
  dropout,
  einsum,
  full,
  groupedMatmul,
  normal,
  ones,
  recompute,
  tensor,
  uniform,
  zeros,
} from "../../../kernel-helpers/tensor/index.ts";
import { same } from "../compare.ts";
import type { Draw } from "../draw.ts";
import type { Row } from "../against-torch.ts";
import { ofOne, ofTwo, py } from "./row.ts";

/** Two matrices, or batches of them, that fit. */
function matrices(draw: Draw, transpose: boolean) {
  const [left, right] = draw.pair().map((shape) => shape.slice(-2)) as [number[], number[]];
  const [rows, inner, columns] = [draw.size(), draw.sizes === "empty" ? 0 : draw.size(), draw.size()];
  const [first, second] = transpose
    ? [
        [inner, rows],
        [columns, inner],
      ]
    : [
        [rows, inner],
        [inner, columns],
      ];
  return { x: draw.normal([...left, ...first]), y: draw.normal([...right, ...second]) };
}

/** Terms with a size for each letter. */
function einsumRow(spec: string): Row {
  return [
    `einsum ${spec}`,
    (draw) => {
      const letters = [...new Set(spec.replace(/->.*/, "").replaceAll(",", ""))];
      const sizes = Object.fromEntries(letters.map((letter) => [letter, draw.size()]));
      if (draw.sizes === "empty") sizes[draw.choose(letters)] = 0;
      const terms = spec.replace(/->.*/, "").split(",");
      const inputs = Object.fromEntries(
        terms.map((term, index) => ["xyz"[index]!, draw.normal(term.split("").map((letter) => sizes[letter]!))]),
      );
      const names = Object.keys(inputs);
      return same(inputs, (given) => einsum(spec, ...names.map((name) => given[name]!)), `torch.einsum("${spec}", ${names.join(", ")})`);
    },
  ];
}

/** Distance between the numbers' distribution and the one that they should have: Kolmogorov and Smirnov's statistic. */
const distance = (probabilities: string): string =>
  `(${probabilities} - torch.linspace(0, 1, x.numel())).abs().max() < 2.5 / x.numel() ** 0.5`; // beyond it is 1 sample in 100,000

export const products: readonly Row[] = [
  ["matmul", (draw) => same(matrices(draw, false), ({ x, y }) => x.matmul(y), "x @ y")],
  ["matmul of transposed", (draw) => same(matrices(draw, true), ({ x, y }) => x.T.matmul(y.T), "x.mT @ y.mT")],
  [
    "matmul of one transposed",
    (draw) => {
      const { x, y } = matrices(draw, false);
      return same({ x, y: y.transpose(-1, -2) }, (given) => given.x.matmul(given.y.T), "x @ y.mT");
    },
  ],
  ...[true, false].map((transpose): Row => [
    transpose ? "groupedMatmul of transposed" : "groupedMatmul",
    (draw) => {
      const [groups, inner, columns] = [1 + draw.integer(5), draw.size(), draw.size()];
      const sizes = Array.from({ length: groups }, () => draw.integer(4));
      const rows = sizes.reduce((sum, size) => sum + size, draw.integer(3));
      const inputs = {
        x: draw.normal([rows, inner]),
        w: draw.normal(transpose ? [groups, columns, inner] : [groups, inner, columns]),
        sizes: tensor(sizes, { dtype: "int64" }),
      };
      return same(
        inputs,
        ({ x, w, sizes: of }) => groupedMatmul(x, transpose ? w.transpose(1, 2) : w, of),
        `grouped_matmul(x, ${transpose ? "w.mT" : "w"}, sizes)`,
      );
    },
  ]),
  [
    "matmul with vectors",
    (draw) => {
      const [shape, size] = [draw.shape(0, 2), draw.size()];
      const [left, right] = draw.choose([
        [[size], [size]],
        [[size], [...shape, size, draw.size()]],
        [[...shape, draw.size(), size], [size]],
      ]) as [number[], number[]];
      return same({ x: draw.normal(left), y: draw.normal(right) }, ({ x, y }) => x.matmul(y), "x @ y");
    },
  ],
  ["matmul of a tensor with itself", (draw) => same({ x: draw.normal(draw.shape(2)) }, ({ x }) => x.matmul(x.T), "x @ x.mT")],
  ...["ij,jk->ik", "bhtd,bhsd->bhts", "bij,kj->bik", "ij,jk,k->i", "ij->ji", "ij->", "ij,kl->jl", "ij,ij", "b,bij->ij", "ia,ja"].map(
    einsumRow,
  ),

  [
    "dropout",
    (draw) => {
      const shape = draw.shape();
      const [rate, seed] = [draw.choose([0, 0.1, 0.5, 1]), draw.integer(1000)];
      const inputs = { x: draw.normal(shape), mask: dropout(ones(shape), rate, { seed }) };
      return same(inputs, ({ x }) => dropout(x, rate, { seed }), "x * mask.detach()");
    },
  ],
  [
    "uniform",
    (draw) =>
      same(
        { x: uniform([100_000], { seed: draw.integer(1000), low: -1, high: 3 }) },
        ({ x }) => x.sum().equal(x.sum()),
        distance("(x.sort().values + 1) / 4"),
      ),
  ],
  [
    "normal",
    (draw) =>
      same(
        { x: normal([100_000], { seed: draw.integer(1000), mean: 2, std: 3 }) },
        ({ x }) => x.sum().equal(x.sum()),
        distance("torch.distributions.Normal(2.0, 3.0).cdf(x.sort().values)"),
      ),
  ],

  ["arange", (draw) => same({}, () => arange(draw.sizes === "empty" ? 0 : 7), `torch.arange(${draw.sizes === "empty" ? 0 : 7})`)],
  ...(
    [
      ["zeros", zeros],
      ["ones", ones],
    ] as const
  ).map(([name, make]): Row => [
    name,
    (draw) => {
      const shape = draw.shape();
      return same({ x: draw.normal(shape) }, ({ x }) => x.mul(make(shape)), `x * torch.${name}(${py(shape)})`);
    },
  ]),
  [
    "full",
    (draw) => {
      const shape = draw.shape();
      return same({ x: draw.normal(shape) }, ({ x }) => x.mul(full(shape, -1.5)), `x * torch.full(${py(shape)}, -1.5)`);
    },
  ],
  ofTwo("after", (x, y) => after(x, [y]), "x + 0 * y.nan_to_num(0, 0, 0).sum()"),
  ofOne("recompute", (x) => recompute((h) => h.tanh().mul(h).exp())(x), "(x.tanh() * x).exp()"),
];
