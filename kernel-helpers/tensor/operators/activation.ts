/** Activation functions; each gradient is written with the result where that is cheaper. */
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { apply, checkFloat, dtypeError, type DType, type Operator, type Value } from "../graph/value.ts";
import { greater } from "./compare.ts";
import { where } from "./select.ts";
import { add, cast, exp, mul, neg, sub, unary } from "./elementwise.ts";

type Activation = (x: Value) => Value;

interface ActivationOptions {
  lower: Operator["lower"];
  slope: (x: Value, y: Value) => Value;
  /** @default true */
  inFloat64?: boolean;
}

const noFloat64 = (name: string): Error =>
  dtypeError(name, "ONNX Runtime's CPU provider does not have it for float64", { hint: 'convert with .to("float32")' });

/** An activation with an ONNX operator of its own and a slope that is written out. */
function activation(name: string, { lower, slope, inFloat64 = true }: ActivationOptions): Activation {
  const operator: Operator = {
    name,
    memory: "own",
    elementwise: true,
    lower,
    gradient: ({ inputs, outputs }, [gradient]) => [mul(gradient!, slope(inputs[0]!, outputs[0]!))],
  };
  return (x) => {
    checkFloat(name, x);
    if (x.dtype === "float64" && !inFloat64) throw noFloat64(name);
    return apply(operator, [x], x);
  };
}

/** tanh′ = 1 − tanh². */
export const tanh: Activation = unary("tanh", {
  gradient: (_x, gradient, y) => sub(gradient, mul(gradient, mul(y, y))),
});

/** ONNX Runtime makes x·Sigmoid(x) a QuickGelu, which its CPU provider has for float32 only: other types go by exp. */
function sigmoidNode(graph: Lowering, x: string, dtype: DType): string {
  if (dtype === "float32") return graph.node("Sigmoid", [x]);
  return graph.node("Reciprocal", [graph.node("Add", [graph.node("Exp", [graph.node("Neg", [x])]), graph.scalar(1, dtype)])]);
}

/** σ′ = σ·(1 − σ). */
export const sigmoid: Activation = unary("sigmoid", {
  lower: (graph, [x], { inputs }) => sigmoidNode(graph, x!, inputs[0]!.dtype),
  gradient: (x, gradient, y) => mul(gradient, mul(y, sub(scalar(1, x.dtype), y))),
});

/** max(x, 0); at 0 the gradient is 0, as in PyTorch. */
export const relu: Activation = unary("relu", {
  gradient: (x, gradient, y) => mul(gradient, cast(greater(y, scalar(0, x.dtype)), x.dtype)),
});

const erfSlope = 2 / Math.sqrt(Math.PI);

/** erf(x) = 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf: Activation = activation("erf", {
  lower: (graph, [x]) => graph.node("Erf", [x!]),
  slope: (x) => mul(exp(neg(mul(x, x))), scalar(erfSlope, x.dtype)),
  inFloat64: false,
});

// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) is x·σ(z) with z = x·(k + c·x²).
const k = 2 * Math.sqrt(2 / Math.PI);
const c = 0.044715 * k;

/** GELU by its tanh approximation, as GPT-2 has it. */
const geluTanh: Activation = activation("geluTanh", {
  lower: (graph, [x], { inputs }) => {
    const { dtype, shape } = inputs[0]!;
    if (dtype === "float32" && shape.length > 0) return graph.microsoft("FastGelu", [x!]); // it refuses scalars
    const inner = graph.node("Add", [graph.node("Mul", [graph.node("Mul", [x!, x!]), graph.scalar(c, dtype)]), graph.scalar(k, dtype)]);
    return graph.node("Mul", [x!, sigmoidNode(graph, graph.node("Mul", [x!, inner]), dtype)]);
  },
  // σ + (y − y·σ)·z′ with z′ = k + 3c·x²
  slope: (x, y) => {
    const square = mul(x, x);
    const gate = sigmoid(mul(x, add(mul(square, scalar(c, x.dtype)), scalar(k, x.dtype))));
    return add(gate, mul(sub(y, mul(y, gate)), add(mul(square, scalar(3 * c, x.dtype)), scalar(k, x.dtype))));
  },
});

/** GELU exactly, x·Φ(x) (Hendrycks & Gimpel 2016, arXiv:1606.08415). */
const geluExact: Activation = activation("gelu", {
  lower: (graph, [x]) => graph.node("Gelu", [x!]),
  inFloat64: false,
  // Φ(x) + x·φ(x)
  slope: (x) => {
    const half = scalar(0.5, x.dtype);
    const below = add(mul(erf(mul(x, scalar(Math.SQRT1_2, x.dtype))), half), half);
    return add(below, mul(x, mul(exp(neg(mul(half, mul(x, x)))), scalar(1 / Math.sqrt(2 * Math.PI), x.dtype))));
  },
});

export const gelu = (x: Value, approximate: "tanh" | "none"): Value => (approximate === "tanh" ? geluTanh(x) : geluExact(x));

/** x·σ(x) (Elfwing et al. 2017, arXiv:1702.03118), also called swish. */
export const silu: Activation = activation("silu", {
  lower: (graph, [x], { inputs }) => {
    const { dtype } = inputs[0]!;
    if (dtype === "float32") return graph.microsoft("QuickGelu", [x!], { alpha: { float: 1 } });
    return graph.node("Mul", [x!, sigmoidNode(graph, x!, dtype)]);
  },
  // σ + y − y·σ
  slope: (x, y) => {
    const gate = sigmoid(x);
    return add(gate, sub(y, mul(y, gate)));
  },
});

/** log(1 + exp(x)), without overflow. */
export const softplus: Activation = activation("softplus", {
  lower: (graph, [x], { inputs }) => {
    const { dtype } = inputs[0]!;
    const small = graph.node("Exp", [graph.node("Neg", [graph.node("Abs", [x!])])]);
    const plus = (number: number): string => graph.node("Add", [small, graph.scalar(number, dtype)]);
    if (dtype === "float64") return graph.node("Add", [graph.node("Relu", [x!]), graph.node("Log", [plus(1)])]);
    // log(1 + u) = 2·atanh(u / (2 + u)), which keeps the digits of a small u.
    const half = graph.node("Atanh", [graph.node("Div", [small, plus(2)])]);
    return graph.node("Add", [graph.node("Relu", [x!]), graph.node("Add", [half, half])]);
  },
  slope: (x) => sigmoid(x),
});

/** x where it is positive, else slope·x. */
export function leakyRelu(x: Value, slope: number): Value {
  checkFloat("leakyRelu", x);
  return where(greater(x, scalar(0, x.dtype)), x, mul(x, scalar(slope, x.dtype)));
}
