/** float16, which PyTorch too computes in float32 and rounds once after each operator, and int64. */
import type { Tensor } from "../../../kernel-helpers/tensor/index.ts";
import type { Row } from "../against-torch.ts";
import { same } from "../compare.ts";
import type { Draw } from "../draw.ts";

/** Of two of equal shape, which are rounded at the same steps, or else they differ by more than is let through. */
const half = (name: string, ours: (x: Tensor, y: Tensor) => Tensor, torch: string): Row => [
  `${name}, in float16`,
  (draw) => {
    const shape = draw.shape(1);
    const inputs = { x: draw.normal(shape, "float16"), y: draw.normal(shape, "float16") };
    return same(inputs, ({ x, y }) => ours(x, y), torch, { order: 0 });
  },
];

/** Of numbers of both signs up to some 10¹², and others that `second` draws. */
const whole = (name: string, ours: (x: Tensor, y: Tensor) => Tensor, torch: string, second: (draw: Draw) => number): Row => [
  `${name}, in int64`,
  (draw) => {
    const shape = draw.shape();
    const x = draw.whole(shape, "int64").mul(1e12).add(draw.integer(1000));
    return same({ x, y: draw.whole(shape, "int64").mul(0).add(second(draw)) }, (given) => ours(given.x, given.y), torch);
  },
];

export const otherTypes: readonly Row[] = [
  half("add, sub, mul", (x, y) => x.add(y).mul(1.25).sub(y).mul(x), "((x + y) * 1.25 - y) * x"),
  half("div, sqrt, square", (x, y) => x.div(y.square().add(1)).abs().sqrt(), "(x / (y.square() + 1)).abs().sqrt()"),
  half(
    "overflow",
    (x, y) =>
      x
        .mul(300)
        .mul(y)
        .mul(300)
        .mul(2 ** -10),
    "x * 300 * y * 300 * 2**-10",
  ),
  half("exp, sigmoid, tanh", (x, y) => x.exp().mul(y.sigmoid()).tanh(), "(x.exp() * y.sigmoid()).tanh()"),
  half("mean, variance", (x, y) => x.mul(100).mean(0).add(y.variance(0)), "(x * 100).mean(0) + y.var(0)"),
  half("sum, cumsum", (x, y) => x.sum(-1, { keepDims: true }).add(y.cumsum(0)), "x.sum(-1, keepdim=True) + y.cumsum(0)"),
  half(
    "max, maximum, clip",
    (x, y) => x.max(-1, { keepDims: true }).maximum(y).clip(-0.5, 1),
    "torch.maximum(x.amax(-1, keepdim=True), y).clamp(-0.5, 1)",
  ),
  half("softmax", (x, y) => x.mul(y).softmax(), "(x * y).softmax(-1)"),

  whole(
    "div",
    (x, y) => x.div(y),
    'torch.div(x, y, rounding_mode="trunc")',
    (draw) => draw.choose([1, -1, 7, -13]),
  ),
  whole(
    "div by zero",
    (x, y) => x.div(y),
    'torch.div(x, y, rounding_mode="trunc")',
    () => 0,
  ),
  whole(
    "pow",
    (x, y) => x.pow(y),
    "x ** y",
    (draw) => draw.integer(70),
  ), // wraps around
  whole(
    "max, maximum, clip",
    (x, y) => x.maximum(y).clip(-5, 10_000),
    "torch.maximum(x, y).clamp(-5, 10_000)",
    (draw) => draw.integer(20_000),
  ),
  whole(
    "equal, less",
    (x, y) => x.less(y).logicalOr(x.equal(y)),
    "(x < y) | (x == y)",
    (draw) => draw.integer(3000) - 1500,
  ),
  whole(
    "to float32",
    (x, y) => x.mul(y).to("float32"),
    "(x * y).to(torch.float32)",
    (draw) => draw.integer(9000),
  ),
];
