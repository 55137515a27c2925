/** Arithmetic, activations and comparisons. */
import { where } from "../../../kernel-helpers/tensor/index.ts";
import { same } from "../compare.ts";
import type { Row } from "../against-torch.ts";
import { ofOne, ofTwo } from "./row.ts";

export const elementwise: readonly Row[] = [
  ofTwo("add", (x, y) => x.add(y), "x + y"),
  ofTwo("sub", (x, y) => x.sub(y), "x - y"),
  ofTwo("mul", (x, y) => x.mul(y), "x * y"),
  ofTwo("div", (x, y) => x.div(y), "x / y", "positive"),
  ofTwo("div by zero", (x, y) => x.div(y), "x / y", "whole", { order: 1 }), // the second is ∞ − ∞ on the way
  ofTwo("pow", (x, y) => x.pow(y), "x ** y", "positive"),
  ...[-2, -1, -0.5, 0, 0.5, 1, 2, 3].map((power): Row =>
    ofOne(`pow ${power}`, (x) => x.pow(power), power === -0.5 ? "x ** torch.tensor(-0.5)" : `x ** ${power}`, "positive"),
  ),
  ...[0, 1, 2, 3].map((power): Row => ofOne(`pow ${power} of zeros and negatives`, (x) => x.pow(power), `x ** ${power}`, "whole")),
  ofOne("add a number", (x) => x.add(2).mul(-3).sub(1).div(7), "((x + 2) * -3 - 1) / 7"),
  ofTwo("maximum", (x, y) => x.maximum(y), "torch.maximum(x, y)"),
  ofTwo("maximum of equals", (x, y) => x.maximum(y), "torch.maximum(x, y)", "whole"),
  ofTwo("minimum", (x, y) => x.minimum(y), "torch.minimum(x, y)"),
  ofTwo("minimum of equals", (x, y) => x.minimum(y), "torch.minimum(x, y)", "whole"),
  ofOne("clip", (x) => x.clip(-0.5, 1), "x.clamp(-0.5, 1)"),
  ofOne("clip on its bounds", (x) => x.clip(-1, 1), "x.clamp(-1, 1)", "whole"),
  [
    "clip between tensors",
    (draw) => {
      const shape = draw.shape();
      const [low, high] = [draw.stretchable(shape), draw.stretchable(shape)];
      const inputs = { x: draw.normal(shape), low: draw.normal(low), high: draw.normal(high) };
      return same(inputs, ({ x, low: from, high: to }) => x.clip(from, to), "torch.clamp(x, low, high)");
    },
  ],
  ofOne("neg", (x) => x.neg(), "-x"),
  ofOne("exp", (x) => x.exp(), "x.exp()"),
  ofOne("log", (x) => x.log(), "x.log()", "positive"),
  ofOne("log of zeros and negatives", (x) => x.log(), "x.log()", "whole"),
  ofOne("sqrt", (x) => x.sqrt(), "x.sqrt()", "positive"),
  ofOne("square", (x) => x.square(), "x.square()"),
  ofOne("abs", (x) => x.abs(), "x.abs()"),
  ofOne("abs of zeros", (x) => x.abs(), "x.abs()", "whole"),
  ofOne("sign", (x) => x.sign(), "x.sign()", "whole"),
  ofOne("reciprocal", (x) => x.reciprocal(), "x.reciprocal()", "positive"),
  ofOne("sin", (x) => x.sin(), "x.sin()"),
  ofOne("sin of large numbers", (x) => x.sin(), "x.sin()", "large"),
  ofOne("cos", (x) => x.cos(), "x.cos()"),
  ofOne("cos of large numbers", (x) => x.cos(), "x.cos()", "large"),

  ofOne("tanh", (x) => x.tanh(), "x.tanh()"),
  ofOne("tanh of large numbers", (x) => x.tanh(), "x.double().tanh().float()", "large"),
  ofOne("sigmoid", (x) => x.sigmoid(), "x.sigmoid()"),
  ofOne("sigmoid of large numbers", (x) => x.sigmoid(), "x.sigmoid()", "large"),
  ofOne("relu", (x) => x.relu(), "x.relu()"),
  ofOne("relu of zeros", (x) => x.relu(), "x.relu()", "whole"),
  // In float64, for PyTorch's GELU of ∞ in float32 is NaN.
  ofOne("gelu", (x) => x.gelu(), "F.gelu(x.double()).float()"),
  ofOne("gelu of large numbers", (x) => x.gelu(), "F.gelu(x.double()).float()", "large"),
  ofOne("gelu by tanh", (x) => x.gelu({ approximate: "tanh" }), 'F.gelu(x, approximate="tanh")'),
  // In float64, and without the second: where the function bends towards 0, float32 leaves PyTorch and us few digits of the gradients.
  ofOne(
    "gelu by tanh of large numbers",
    (x) => x.gelu({ approximate: "tanh" }),
    'F.gelu(x.double(), approximate="tanh").float()',
    "large",
    { order: 1 },
  ),
  ofOne("silu", (x) => x.silu(), "F.silu(x)"),
  ofOne("silu of large numbers", (x) => x.silu(), "F.silu(x)", "large"),
  ofOne("softplus", (x) => x.softplus(), "F.softplus(x)"),
  ofOne("softplus of large numbers", (x) => x.softplus(), "F.softplus(x)", "large"),
  ofOne("leakyRelu", (x) => x.leakyRelu(), "F.leaky_relu(x)"),
  ofOne("leakyRelu of zeros", (x) => x.leakyRelu(0.3), "F.leaky_relu(x, 0.3)", "whole"),
  ofOne("erf", (x) => x.erf(), "x.erf()"),
  ofOne("erf of large numbers", (x) => x.erf(), "x.erf()", "large"),

  ofTwo("equal", (x, y) => x.equal(y), "x == y", "whole"),
  ofTwo("less", (x, y) => x.less(y), "x < y", "whole"),
  ofTwo("lessEqual", (x, y) => x.lessEqual(y), "x <= y", "whole"),
  ofTwo("greater", (x, y) => x.greater(y), "x > y", "whole"),
  ofTwo("greaterEqual", (x, y) => x.greaterEqual(y), "x >= y", "whole"),
  ...(["logicalAnd", "logicalOr"] as const).map((name): Row => [
    name,
    (draw) => {
      const [left, right] = draw.pair();
      return same({ x: draw.flags(left), y: draw.flags(right) }, ({ x, y }) => x[name](y), name === "logicalAnd" ? "x & y" : "x | y");
    },
  ]),
  ["logicalNot", (draw) => same({ x: draw.flags(draw.shape()) }, ({ x }) => x.logicalNot(), "~x")],
  [
    "where",
    (draw) => {
      const [left, right] = draw.pair();
      const inputs = { condition: draw.flags(draw.flip() ? left : right), x: draw.normal(left), y: draw.normal(right) };
      return same(inputs, ({ condition, x, y }) => where(condition, x, y), "torch.where(condition, x, y)");
    },
  ],
  [
    "where with a number",
    (draw) => {
      const shape = draw.shape();
      const inputs = { condition: draw.flags(draw.stretchable(shape)), x: draw.normal(shape) };
      return same(inputs, ({ condition, x }) => where(condition, x.square(), -1), "torch.where(condition, x.square(), -1.0)");
    },
  ],

  ofOne("detach", (x) => x.mul(x.detach()), "x * x.detach()"),
  ofOne("to int64", (x) => x.mul(3).to("int64"), "(x * 3).to(torch.int64)"),
  ofOne("to bool", (x) => x.to("bool"), "x.to(torch.bool)", "whole"),
  ofOne("to float64 and back", (x) => x.to("float64").exp().to("float32"), "x.to(torch.float64).exp().to(torch.float32)"),
  [
    "arithmetic of whole numbers: add, mul, sub, neg, abs, sign",
    (draw) => {
      const [left, right] = draw.pair();
      const inputs = { x: draw.whole(left, "int64"), y: draw.whole(right, "int64") };
      return same(inputs, ({ x, y }) => x.add(y).mul(y).sub(x.neg().abs()).add(x.sign()), "(x + y) * y - (-x).abs() + x.sign()");
    },
  ],
  [
    "to float32 of whole numbers and bools",
    (draw) => {
      const shape = draw.shape();
      const inputs = { x: draw.whole(shape, "int64"), y: draw.flags(shape) };
      return same(inputs, ({ x, y }) => x.to("float32").add(y.to("float32")), "x.to(torch.float32) + y.to(torch.float32)");
    },
  ],
];
