/** Activation functions; each gradient is written with the result where that is cheaper. */
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { apply, dtypeError, isFloat, type DType, type Operator, type Value } from "../graph/value.ts";
import { greater } from "./compare.ts";
import { where } from "./select.ts";
import { abs, add, cast, exp, log, maximum, mul, neg, sub, unary } from "./elementwise.ts";

type Activation = (x: Value) => Value;

/** An activation with an ONNX operator of its own and a slope that is written out. */
function activation(name: string, { lower, slope }: { lower: Operator["lower"]; slope: (x: Value, y: Value) => Value }): Activation {
  const operator: Operator = {
    name,
    lower,
    gradient: ({ inputs, outputs }, [gradient]) => [mul(gradient!, slope(inputs[0]!, outputs[0]!))],
  };
  return (x) => {
    if (!isFloat(x.dtype)) throw dtypeError(name, `it is not defined for ${x.dtype}`, { hint: 'convert with .to("float32")' });
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
export const erf: Activation = unary("erf", {
  gradient: (x, gradient) => mul(gradient, mul(exp(neg(mul(x, x))), scalar(erfSlope, x.dtype))),
});

// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) is x·σ(z) with z = x·(k + c·x²).
const k = 2 * Math.sqrt(2 / Math.PI);
const c = 0.044715 * k;

/** GELU by its tanh approximation, as GPT-2 has it. */
const geluTanh: Activation = activation("geluTanh", {
  lower: (graph, [x], { inputs }) => {
    const { dtype } = inputs[0]!;
    if (dtype === "float32") return graph.microsoft("FastGelu", [x!]);
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
export const softplus: Activation = (x) => add(maximum(x, scalar(0, x.dtype)), log(add(exp(neg(abs(x))), scalar(1, x.dtype))));

/** x where it is positive, else slope·x. */
export const leakyRelu = (x: Value, slope: number): Value => where(greater(x, scalar(0, x.dtype)), x, mul(x, scalar(slope, x.dtype)));
