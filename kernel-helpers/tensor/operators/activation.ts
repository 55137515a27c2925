/** Activation functions; each gradient is written with the result where that is cheaper. */
import { scalar } from "../graph/constants.ts";
import type { Value } from "../graph/value.ts";
import { greater } from "./compare.ts";
import { cast, mul, sub, unary } from "./elementwise.ts";

type Activation = (x: Value) => Value;

/** tanh′ = 1 − tanh². */
export const tanh: Activation = unary("tanh", {
  gradient: (_x, gradient, y) => sub(gradient, mul(gradient, mul(y, y))),
});

/** σ′ = σ·(1 − σ). */
export const sigmoid: Activation = unary("sigmoid", {
  gradient: (x, gradient, y) => mul(gradient, mul(y, sub(scalar(1, x.dtype), y))),
});

/** max(x, 0); at 0 the gradient is 0, as in PyTorch. */
export const relu: Activation = unary("relu", {
  gradient: (x, gradient, y) => mul(gradient, cast(greater(y, scalar(0, x.dtype)), x.dtype)),
});
