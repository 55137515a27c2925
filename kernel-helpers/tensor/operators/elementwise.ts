/** Arithmetic and functions of single numbers, with broadcasting. */
import { checkDType } from "../arguments.ts";
import { knownScalar, scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { broadcastShapes } from "../graph/shape.ts";
import { apply, dtypeError, isFloat, shapeError, type DType, type Operator, type Value } from "../graph/value.ts";
import { unbroadcast } from "./broadcast.ts";
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr } from "./compare.ts";
import { nonNegative, nonZero } from "./conditions.ts";
import { where } from "./select.ts";

interface BinaryOptions {
  opType?: string;
  /** Where there is not simply one ONNX operator. */
  lower?: Operator["lower"];
  gradient?: (a: Value, b: Value, gradient: Value, result: Value) => readonly [Value | undefined, Value | undefined];
  /** Element types that it takes; all number types by default. */
  dtypes?: readonly DType[];
  result?: DType;
  /** @default "own" */
  memory?: Operator["memory"];
}

type Binary = (a: Value, b: Value) => Value;

const numbers: readonly DType[] = ["float32", "float64", "float16", "int64"];

export function binary(name: string, options: BinaryOptions = {}): Binary {
  const { opType = name[0]!.toUpperCase() + name.slice(1), gradient, dtypes = numbers, result, memory = "own" } = options;
  const operator: Operator = {
    name,
    memory,
    elementwise: true,
    rounds: true,
    lower: options.lower ?? ((graph, inputs) => graph.node(opType, inputs)),
    ...(gradient && {
      gradient: ({ inputs, outputs }, [given]) => {
        const [a, b] = inputs as [Value, Value];
        const [toA, toB] = gradient(a, b, given!, outputs[0]!);
        return [toA && unbroadcast(toA, a.shape), toB && unbroadcast(toB, b.shape)];
      },
    }),
  };
  return (a, b) => {
    if (a.dtype !== b.dtype) {
      throw dtypeError(name, `${a.dtype} and ${b.dtype} do not mix`, { hint: `convert one of them: .to("${a.dtype}")` });
    }
    if (!dtypes.includes(a.dtype)) {
      throw dtypeError(name, `it is not defined for ${a.dtype}`, { hint: `it takes ${dtypes.join(", ")}: convert with .to()` });
    }
    const shape = broadcastShapes(a.shape, b.shape);
    if (!shape) {
      throw shapeError(name, "the shapes do not broadcast", [a, b], { hint: "aligned at the end, sizes must be equal or 1" });
    }
    return apply(operator, [a, b], { shape, dtype: result ?? a.dtype });
  };
}

const addNodes = binary("add", { memory: "inPlace", gradient: (_a, _b, gradient) => [gradient, gradient] });
const subNodes = binary("sub", { memory: "inPlace", gradient: (_a, _b, gradient) => [gradient, neg(gradient)] });
const mulNodes = binary("mul", { memory: "inPlace", gradient: (a, b, gradient) => [mul(gradient, b), mul(gradient, a)] }); // (ab)' = a'b + ab'
const divNodes = binary("div", {
  memory: "inPlace",
  lower: (graph, [a, b], { inputs: [{ dtype }] }) => (dtype === "int64" ? wholeQuotient(graph, a!, b!) : graph.node("Div", [a!, b!])),
  gradient: (_a, b, gradient, quotient) => {
    const toA = div(gradient, b);
    return [toA, neg(mul(toA, quotient))]; // (a/b)' with respect to b: −(a/b)/b
  },
});

/** Integers are divided towards zero. The processor ends the process at the smallest one by −1; so −1 negates, and the smallest stays what it is. */
function wholeQuotient(graph: Lowering, a: string, b: string): string {
  const isMinusOne = graph.node("Equal", [b, graph.scalar(-1, "int64")]);
  const quotient = graph.node("Div", [a, graph.node("Where", [isMinusOne, graph.scalar(1, "int64"), b])]);
  return graph.node("Where", [isMinusOne, graph.node("Neg", [a]), quotient]);
}

/** Whether the other operand alone is the result, as far as numbers, shape and type go. */
const isNeutral = (value: Value, neutral: number, other: Value): boolean =>
  value.shape.length <= other.shape.length && knownScalar(value) === neutral;

export const add: Binary = (a, b) =>
  a.dtype === b.dtype && isNeutral(b, 0, a) ? a : a.dtype === b.dtype && isNeutral(a, 0, b) ? b : addNodes(a, b);
export const sub: Binary = (a, b) => (a.dtype === b.dtype && isNeutral(b, 0, a) ? a : subNodes(a, b));
export const mul: Binary = (a, b) =>
  a.dtype === b.dtype && isNeutral(b, 1, a) ? a : a.dtype === b.dtype && isNeutral(a, 1, b) ? b : mulNodes(a, b);
/** Integers are divided towards zero; by zero is an error for them, as in PyTorch. */
export const div: Binary = (a, b) => {
  if (a.dtype === b.dtype && isNeutral(b, 1, a)) return a;
  return divNodes(a, a.dtype === "int64" && b.dtype === "int64" ? nonZero(b) : b);
};

/** a to the power b. At a negative base a gradient with respect to b is NaN, as the logarithm is. A negative power of an integer is an error. */
export const pow: Binary = (a, b) => {
  if (a.dtype === "int64" && b.dtype === "int64") return powNodes(a, nonNegative(b));
  const isRoot = a.dtype === b.dtype && b.shape.length === 0 && knownScalar(b) === 0.5;
  return isRoot ? sqrt(a) : powNodes(a, b); // of −∞ the root is NaN, as in PyTorch
};

const powNodes = binary("pow", {
  lower: (graph, [a, b], { inputs: [{ dtype }] }) => (dtype === "int64" ? wholePower(graph, a!, b!) : graph.node("Pow", [a!, b!])),
  gradient: (a, b, gradient, power) => {
    const [zero, one] = [scalar(0, a.dtype), scalar(1, a.dtype)];
    const exponent = knownScalar(b);
    if (exponent === 2) return [mul(gradient, mul(a, scalar(2, a.dtype))), undefined];
    const slope = mul(gradient, mul(pow(a, sub(b, one)), b));
    if (exponent !== undefined) return [exponent === 0 ? mul(gradient, zero) : slope, undefined];
    // At 0⁰ and 0ᵇ the limits, not 0·∞.
    const toB = where(logicalAnd(equal(a, zero), greaterEqual(b, zero)), zero, mul(gradient, mul(power, log(a))));
    return [where(equal(b, zero), zero, slope), toB];
  },
});

/** By squaring, a bit of the exponent after the other: exact, where Pow computes in float64. Overflow wraps around, as in all arithmetic of int64. */
function wholePower(graph: Lowering, a: string, b: string): string {
  const [one, two] = [graph.scalar(1, "int64"), graph.scalar(2, "int64")];
  let [result, square, rest] = [one, a, b];
  for (let bit = 0; bit < 63; bit++) {
    const isSet = graph.node("Equal", [graph.node("Mod", [rest, two]), one]);
    result = graph.node("Mul", [result, graph.node("Where", [isSet, square, one])]);
    square = graph.node("Mul", [square, square]);
    rest = graph.node("Div", [rest, two]);
  }
  return result;
}

/** The gradient of a maximum or minimum goes to the operand that wins; of two equals each gets half, of NaN both get all, as in PyTorch. */
const extremum =
  (loses: Binary) =>
  (a: Value, b: Value, gradient: Value): readonly [Value, Value] => {
    const zero = scalar(0, a.dtype);
    const shared = where(equal(a, b), mul(gradient, scalar(0.5, a.dtype)), gradient);
    return [where(loses(a, b), zero, shared), where(loses(b, a), zero, shared)];
  };

export const maximum: Binary = binary("maximum", { opType: "Max", memory: "inPlace", gradient: extremum(less) });
export const minimum: Binary = binary("minimum", { opType: "Min", memory: "inPlace", gradient: extremum(greater) });

const clipOperator: Operator = {
  name: "clip",
  memory: "own",
  elementwise: true,
  // ONNX's Clip takes a bound that is NaN for none; to PyTorch, the result is NaN then.
  lower: (graph, [x, low, high], { attributes }) =>
    attributes.simple ? graph.node("Clip", [x!, low!, high!]) : graph.node("Min", [graph.node("Max", [x!, low!]), high!]),
  // A number that is not moved keeps its gradient, also one on the bound, as in PyTorch's clamp.
  gradient: ({ inputs }, [gradient]) => {
    const [x, low, high] = inputs as [Value, Value, Value];
    const keep = (condition: Value, { shape, dtype }: Value): Value => unbroadcast(where(condition, gradient!, scalar(0, dtype)), shape);
    const isWithin = logicalAnd(greaterEqual(x, low), lessEqual(x, high));
    return [
      keep(isWithin, x),
      keep(logicalAnd(less(x, low), less(low, high)), low),
      keep(logicalOr(greater(x, high), less(high, low)), high),
    ];
  },
};

/** Numbers below `low` become `low`, those above `high` become `high`; NaN stays NaN, and a bound that is NaN makes it. */
export function clip(x: Value, low: Value, high: Value): Value {
  const { shape, dtype } = minimum(maximum(x, low), high); // checks all three
  const simple = [low, high].every((bound) => bound.shape.length === 0 && !Number.isNaN(knownScalar(bound) ?? NaN));
  return apply(clipOperator, [x, low, high], { shape, dtype }, { simple });
}

interface UnaryOptions {
  opType?: string;
  /** Where there is not simply one ONNX operator. */
  lower?: Operator["lower"];
  gradient?: (x: Value, gradient: Value, result: Value) => Value | undefined;
  dtypes?: readonly DType[];
}

type Unary = (x: Value) => Value;

export const floats: readonly DType[] = ["float32", "float64", "float16"];

export function unary(name: string, options: UnaryOptions = {}): Unary {
  const { opType = name[0]!.toUpperCase() + name.slice(1), gradient, dtypes = floats } = options;
  const operator: Operator = {
    name,
    memory: "own",
    elementwise: true,
    rounds: true,
    lower: options.lower ?? ((graph, inputs) => graph.node(opType, inputs)),
    ...(gradient && { gradient: ({ inputs, outputs }, [given]) => [gradient(inputs[0]!, given!, outputs[0]!)] }),
  };
  return (x) => {
    if (!dtypes.includes(x.dtype)) {
      throw dtypeError(name, `it is not defined for ${x.dtype}`, { hint: `it takes ${dtypes.join(", ")}: convert with .to()` });
    }
    return apply(operator, [x], x);
  };
}

export const neg: Unary = unary("neg", { dtypes: numbers, gradient: (_x, gradient) => neg(gradient) });
export const exp: Unary = unary("exp", { gradient: (_x, gradient, result) => mul(gradient, result) });
export const log: Unary = unary("log", { gradient: (x, gradient) => div(gradient, x) });
export const sqrt: Unary = unary("sqrt", { gradient: (x, gradient, root) => div(mul(gradient, scalar(0.5, x.dtype)), root) });
export const reciprocal: Unary = unary("reciprocal", { gradient: (_x, gradient, result) => neg(mul(gradient, mul(result, result))) });
export const sin: Unary = unary("sin", { lower: trigonometric("Sin"), gradient: (x, gradient) => mul(gradient, cos(x)) });
export const cos: Unary = unary("cos", { lower: trigonometric("Cos"), gradient: (x, gradient) => neg(mul(gradient, sin(x))) });

/** −1, 0 or 1; 0 of NaN, as in PyTorch. */
export const sign: Unary = unary("sign", {
  dtypes: numbers,
  lower: (graph, [x], { inputs: [{ dtype }] }) => {
    const found = graph.node("Sign", [x!]);
    return dtype === "int64" ? found : graph.node("Where", [graph.node("IsNaN", [x!]), graph.scalar(0, dtype), found]);
  },
  gradient: () => undefined,
});
export const abs: Unary = unary("abs", { dtypes: numbers, gradient: (x, gradient) => mul(gradient, sign(x)) });
export const square: Unary = (x) => mul(x, x);

/** π in three parts (Cody & Waite 1980); the products of the first two with up to 20 bits are exact. */
const piParts = [3.141592651605606, 1.9841871583270443e-9, 1.034036596358821e-18] as const;

/**
 * ONNX Runtime's sine of float64 loses the digits near its zeros. Up to some 10⁵ it is here the sine of what is left of x after the nearest multiple
 * nπ, with the sign of (−1)ⁿ; and the cosine that with n = m + ½.
 */
function trigonometric(opType: "Sin" | "Cos"): Operator["lower"] {
  return (graph, [x], { inputs: [{ dtype }] }) => {
    const plain = graph.node(opType, [x!]);
    if (dtype !== "float64") return plain;
    const number = (value: number): string => graph.scalar(value, dtype);
    const half = number(opType === "Sin" ? 0 : 0.5);
    const whole = graph.node("Round", [graph.node("Sub", [graph.node("Mul", [x!, number(1 / Math.PI)]), half])]);
    const n = graph.node("Add", [whole, half]);
    const rest = piParts.reduce((left, part) => graph.node("Sub", [left, graph.node("Mul", [n, number(part)])]), x!);
    const halves = graph.node("Floor", [graph.node("Mul", [whole, number(0.5)])]);
    const isOdd = graph.node("Sub", [whole, graph.node("Mul", [halves, number(2)])]);
    const [first, step] = opType === "Sin" ? [1, -2] : [-1, 2];
    const direction = graph.node("Add", [graph.node("Mul", [isOdd, number(step)]), number(first)]);
    const reduced = graph.node("Mul", [graph.node("Sin", [rest]), direction]);
    return graph.node("Where", [graph.node("Less", [graph.node("Abs", [x!]), number(1e5)]), reduced, plain]);
  };
}

const castOperator: Operator = {
  name: "cast",
  memory: "view",
  elementwise: true,
  lower: (graph, [x], { outputs }) => graph.cast(x!, outputs[0]!.dtype),
  gradient: ({ inputs }, [gradient]) => [isFloat(inputs[0]!.dtype) ? cast(gradient!, inputs[0]!.dtype) : undefined],
};

/** The same numbers as another element type; to int64 they are cut towards zero. */
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : apply(castOperator, [x], { shape: x.shape, dtype: checkDType(dtype) });
