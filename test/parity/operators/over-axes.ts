/** Reductions, softmax and what is made of it, norms. */
import { crossEntropy, tensor, type ReduceOptions, type Tensor } from "../../../kernel-helpers/tensor/index.ts";
import { same } from "../compare.ts";
import type { Draw } from "../draw.ts";
import type { Row } from "../against-torch.ts";
import { py } from "./row.ts";

type Reduce = (x: Tensor, axes: number[] | undefined, options: Required<ReduceOptions>) => Tensor;

interface ReductionOptions {
  least?: number;
  numbers?: "normal" | "whole";
  order?: 1 | 2;
}

/** A reduction; `call` is torch's, with AXES and KEEP in it. */
function reduction(name: string, ours: Reduce, call: string, options: ReductionOptions = {}): Row {
  const { least = 0, numbers = "normal", order = 2 } = options;
  return [
    name,
    (draw) => {
      const shape = draw.shape(least);
      const axes = draw.axes(shape);
      const keepDims = draw.flip();
      const all = shape.map((_, axis) => axis);
      const torch = call.replace("AXES", py(axes ?? all)).replace("KEEP", py(keepDims));
      return same({ x: draw[numbers](shape) }, ({ x }) => ours(x, axes, { keepDims }), torch, { order });
    },
  ];
}

/** A function along one axis; `call` is torch's, with AXIS in it. */
function along(name: string, ours: (x: Tensor, axis: number) => Tensor, call: string, numbers: "normal" | "large" = "normal"): Row {
  return [
    name,
    (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      return same({ x: draw[numbers](shape) }, ({ x }) => ours(x, axis), call.replace("AXIS", py(axis)));
    },
  ];
}

/** Logits and targets of any number of axes, some of the targets ignored. */
function crossEntropyCase(draw: Draw, ignoreIndex: number) {
  const shape = draw.shape(0, 2);
  const classes = 2 + draw.integer(9);
  const inputs = { x: draw.normal([...shape, classes]), targets: draw.ids(shape, classes) };
  const call = `F.cross_entropy(x.reshape(-1, ${classes}), targets.reshape(-1), ignore_index=${ignoreIndex})`;
  return same(inputs, ({ x, targets }) => crossEntropy(x, targets, { ignoreIndex }), call);
}

export const overAxes: readonly Row[] = [
  reduction("sum", (x, axes, options) => x.sum(axes, options), "x.sum(dim=AXES, keepdim=KEEP)"),
  reduction("mean", (x, axes, options) => x.mean(axes, options), "x.mean(dim=AXES, keepdim=KEEP)"),
  reduction("max", (x, axes, options) => x.max(axes, options), "x.amax(dim=AXES, keepdim=KEEP)"),
  reduction("max of equals", (x, axes, options) => x.max(axes, options), "x.amax(dim=AXES, keepdim=KEEP)", { numbers: "whole" }),
  reduction("min", (x, axes, options) => x.min(axes, options), "x.amin(dim=AXES, keepdim=KEEP)"),
  reduction("min of equals", (x, axes, options) => x.min(axes, options), "x.amin(dim=AXES, keepdim=KEEP)", { numbers: "whole" }),
  reduction("variance", (x, axes, options) => x.variance(axes, options), "x.var(dim=AXES, keepdim=KEEP)", { least: 1 }),
  reduction(
    "variance of the population",
    (x, axes, options) => x.variance(axes, { correction: 0, ...options }),
    "x.var(dim=AXES, correction=0, keepdim=KEEP)",
    { least: 1 },
  ),
  reduction("logSumExp", (x, axes, options) => x.logSumExp(axes, options), "x.logsumexp(dim=AXES, keepdim=KEEP)"),
  reduction(
    "logSumExp of large numbers",
    (x, axes, options) => x.mul(100).logSumExp(axes, options),
    "(x * 100).logsumexp(dim=AXES, keepdim=KEEP)",
    { order: 1 }, // the second are differences of numbers near 10⁴
  ),
  [
    "sum of whole numbers",
    (draw) => {
      const shape = draw.shape(1);
      const axes = draw.axes(shape);
      return same({ x: draw.whole(shape, "int64") }, ({ x }) => x.sum(axes), `x.sum(dim=${py(axes)})`);
    },
  ],
  along("argmax", (x, axis) => x.argmax(axis), "x.argmax(AXIS)"),
  ...(["normal", "whole"] as const).map((numbers): Row => [
    numbers === "whole" ? "topK of equals" : "topK",
    (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const [k, largest] = [draw.integer(shape.at(axis)! + 1), draw.flip()];
      return same(
        { x: draw[numbers](shape) },
        ({ x }) => x.topK(k, axis, { largest }).values,
        // PyTorch's own topk takes any of equals, and its gradient with it.
        `x.gather(${axis}, x.argsort(dim=${axis}, descending=${py(largest)}, stable=True).narrow(${axis}, 0, ${k}))`,
      );
    },
  ]),
  ...(["normal", "whole"] as const).map((numbers): Row => [
    numbers === "whole" ? "argsort of equals" : "argsort",
    (draw) => {
      const shape = draw.shape(1);
      const [axis, descending] = [draw.axis(shape), draw.flip()];
      const x = draw[numbers](shape);
      return same(
        { x },
        (given) => given.x.argsort(axis, { descending }),
        `x.argsort(dim=${axis}, descending=${py(descending)}, stable=True)`,
      );
    },
  ]),
  along("cumsum", (x, axis) => x.cumsum(axis), "x.cumsum(AXIS)"),
  along("softmax", (x, axis) => x.softmax(axis), "x.softmax(AXIS)"),
  along("softmax of large numbers", (x, axis) => x.softmax(axis), "x.softmax(AXIS)", "large"),
  along("logSoftmax", (x, axis) => x.logSoftmax(axis), "x.log_softmax(AXIS)"),
  along("logSoftmax of large numbers", (x, axis) => x.logSoftmax(axis), "x.log_softmax(AXIS)", "large"),
  ["crossEntropy", (draw) => crossEntropyCase(draw, -100)],
  ["crossEntropy with ignored targets", (draw) => crossEntropyCase(draw, 1)],
  [
    "crossEntropy of impossible classes",
    (draw) => {
      const rows = draw.size();
      const inputs = { x: draw.normal([rows, 4]), targets: draw.ids([rows], 3).sub(1), impossible: tensor([-Infinity, 0, 0, 0]) };
      return same(
        inputs,
        ({ x, targets, impossible }) =>
          crossEntropy(x.add(impossible.detach()), targets.add(targets.equal(0).to("int64")), { ignoreIndex: -1 }),
        "F.cross_entropy(x + impossible.detach(), targets + (targets == 0), ignore_index=-1)",
      );
    },
  ],
  [
    "layerNorm",
    (draw) => {
      const last = [draw.size()];
      const shape = [...draw.shape(0, 3), ...last];
      const epsilon = draw.choose([1e-5, 1e-3]);
      const inputs = { x: draw.normal(shape), weight: draw.normal(last), bias: draw.normal(last) };
      return same(
        inputs,
        ({ x, weight, bias }) => x.layerNorm(weight, bias, { epsilon }),
        // In float64: rows of a single number are all rounding otherwise.
        `F.layer_norm(x.double(), [${String(last)}], weight.double(), bias.double(), ${epsilon}).float()`,
        // ∞ − ∞ on some ways to the gradient and not on others. Two numbers are ±1 after the norm, and their gradients what float32's cancellation leaves.
        { order: draw.sizes === "odd" || last[0] === 2 ? 0 : 2 },
      );
    },
  ],
  [
    "rmsNorm",
    (draw) => {
      const last = [draw.size()];
      const shape = [...draw.shape(0, 3), ...last];
      const epsilon = draw.choose([1e-6, 1e-3]);
      const inputs = { x: draw.normal(shape), weight: draw.normal(last) };
      return same(inputs, ({ x, weight }) => x.rmsNorm(weight, { epsilon }), `F.rms_norm(x, [${String(last)}], weight, ${epsilon})`, {
        order: last[0] === 1 ? 1 : 2, // of a single number, the second is all rounding
      });
    },
  ],
];
