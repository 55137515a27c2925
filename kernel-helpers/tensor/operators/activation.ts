/** Activation functions; each gradient is written with the result where that is cheaper. */
import { checkChoice, checkNumber, checkOptions } from "../../runtime/check.ts";
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { apply, checkFloat, dtypeError, type DType, type Operator, type Value } from "../graph/value.ts";
import { greater, lessEqual } from "./compare.ts";
import { where } from "./select.ts";
import { add, exp, mul, neg, sub, unary } from "./elementwise.ts";

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
    rounds: true,
    lower,
    gradient: ({ inputs, outputs }, [gradient]) => [mul(gradient!, slope(inputs[0]!, outputs[0]!))],
  };
  return (x) => {
    checkFloat(name, x);
    if (x.dtype === "float64" && !inFloat64) throw noFloat64(name);
    return apply(operator, [x], x);
  };
}

/** tanh′ = 1 − tanh². ONNX Runtime's tanh of float32 loses digits near 0, where x is nearer, and goes beyond 1. */
export const tanh: Activation = unary("tanh", {
  lower: (graph, [x], { inputs: [{ dtype }] }) => {
    const found = graph.node("Tanh", [x!]);
    if (dtype !== "float32") return found;
    const within = graph.node("Clip", [found, graph.scalar(-1, dtype), graph.scalar(1, dtype)]);
    return graph.node("Where", [graph.node("Less", [graph.node("Abs", [x!]), graph.scalar(2 ** -12, dtype)]), x!, within]);
  },
  gradient: (_x, gradient, y) => sub(gradient, mul(gradient, mul(y, y))),
});

/** 1 + exp(−x). */
const onePlusExp = (graph: Lowering, x: string, dtype: DType): string =>
  graph.node("Add", [graph.node("Exp", [graph.node("Neg", [x])]), graph.scalar(1, dtype)]);

/** σ′ = σ·(1 − σ). ONNX Runtime's Sigmoid is exact to 10⁻⁷, which below −10 leaves few digits of it. */
export const sigmoid: Activation = unary("sigmoid", {
  lower: (graph, [x], { inputs }) => graph.node("Reciprocal", [onePlusExp(graph, x!, inputs[0]!.dtype)]),
  gradient: (x, gradient, y) => mul(gradient, mul(y, sub(scalar(1, x.dtype), y))),
});

/** max(x, 0); at 0 the gradient is 0 and at NaN it goes through, as in PyTorch. */
export const relu: Activation = unary("relu", {
  gradient: (x, gradient, y) => {
    const zero = scalar(0, x.dtype);
    return where(lessEqual(y, zero), zero, gradient);
  },
});

const erfSlope = 2 / Math.sqrt(Math.PI);

/** erf(x) = 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf: Activation = activation("erf", {
  lower: (graph, [x]) => graph.node("Erf", [x!]),
  slope: (x) => mul(exp(neg(mul(x, x))), scalar(erfSlope, x.dtype)),
  inFloat64: false,
});

/** σ within the GELU below: to 10⁻⁷ only, but in one pass. The GELU's own formula, as PyTorch computes it, keeps no more. */
const gateOperator: Operator = {
  name: "gate",
  memory: "own",
  elementwise: true,
  rounds: true,
  lower: (graph, [x], { inputs }) => gateNode(graph, x!, inputs[0]!.dtype),
  gradient: ({ outputs: [y] }, [gradient]) => [mul(gradient!, mul(y!, sub(scalar(1, y!.dtype), y!)))],
};

const gateNode = (graph: Lowering, x: string, dtype: DType): string =>
  dtype === "float32" ? graph.node("Sigmoid", [x]) : graph.node("Reciprocal", [onePlusExp(graph, x, dtype)]);

// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) is x·σ(z) with z = x·(k + c·x²).
const k = 2 * Math.sqrt(2 / Math.PI);
const c = 0.044715 * k;

/** GELU by its tanh approximation, as GPT-2 has it. */
const geluTanh: Activation = activation("geluTanh", {
  lower: (graph, [x], { inputs }) => {
    const { dtype, shape } = inputs[0]!;
    if (dtype === "float32" && shape.length > 0) return graph.microsoft("FastGelu", [x!]); // it refuses scalars
    const inner = graph.node("Add", [graph.node("Mul", [graph.node("Mul", [x!, x!]), graph.scalar(c, dtype)]), graph.scalar(k, dtype)]);
    return graph.node("Mul", [x!, gateNode(graph, graph.node("Mul", [x!, inner]), dtype)]);
  },
  // σ + (y − y·σ)·z′ with z′ = k + 3c·x²
  slope: (x, y) => {
    const square = mul(x, x);
    const gate = apply(gateOperator, [mul(x, add(mul(square, scalar(c, x.dtype)), scalar(k, x.dtype)))], x);
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

export interface GeluOptions {
  /** "tanh" for the approximation by tanh, as GPT-2 has it. @default "none" */
  approximate?: "none" | "tanh";
}

export function gelu(x: Value, options: GeluOptions = {}): Value {
  checkOptions("options", options, ["approximate"]);
  return checkChoice("approximate", options.approximate ?? "none", ["none", "tanh"]) === "tanh" ? geluTanh(x) : geluExact(x);
}

/** x·σ(x) (Elfwing et al. 2017, arXiv:1702.03118), also called swish. */
export const silu: Activation = activation("silu", {
  lower: (graph, [x], { inputs }) => graph.node("Div", [x!, onePlusExp(graph, x!, inputs[0]!.dtype)]),
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
    if (dtype === "float64") {
      // Log(1 + u) = u·log(w)/(w − 1) with w = 1 + u as it was rounded (Kahan 1979): what was lost of u is lost twice, and so not at all.
      const w = plus(1);
      const ratio = graph.node("Div", [graph.node("Log", [w]), graph.node("Sub", [w, graph.scalar(1, dtype)])]);
      const isLost = graph.node("Equal", [w, graph.scalar(1, dtype)]);
      return graph.node("Add", [graph.node("Relu", [x!]), graph.node("Where", [isLost, small, graph.node("Mul", [small, ratio])])]);
    }
    // Log(1 + u) = 2·atanh(u / (2 + u)), which keeps the digits of a small u; float64 has no Atanh.
    const half = graph.node("Atanh", [graph.node("Div", [small, plus(2)])]);
    return graph.node("Add", [graph.node("Relu", [x!]), graph.node("Add", [half, half])]);
  },
  slope: (x) => sigmoid(x),
});

/** x where it is positive, else slope·x. */
export function leakyRelu(x: Value, slope: number): Value {
  checkFloat("leakyRelu", x);
  checkNumber("slope", slope);
  return where(greater(x, scalar(0, x.dtype)), x, mul(x, scalar(slope, x.dtype)));
}
