/** Arithmetic and functions of single numbers, with broadcasting. */
import { dtypeCodes } from "../../onnx/index.ts";
import { knownScalar, scalar } from "../graph/constants.ts";
import { broadcastShapes } from "../graph/shape.ts";
import { apply, dtypeError, isFloat, shapeError, type DType, type Operator, type Value } from "../graph/value.ts";
import { unbroadcast } from "./broadcast.ts";
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr } from "./compare.ts";
import { where } from "./select.ts";

interface BinaryOptions {
  opType?: string;
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
    lower: (graph, inputs) => graph.node(opType, inputs),
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
  gradient: (_a, b, gradient, quotient) => {
    const toA = div(gradient, b);
    return [toA, neg(mul(toA, quotient))]; // (a/b)' with respect to b: −(a/b)/b
  },
});

/** Whether the other operand alone is the result, as far as numbers, shape and type go. */
const isNeutral = (value: Value, neutral: number, other: Value): boolean =>
  value.shape.length <= other.shape.length && knownScalar(value) === neutral;

export const add: Binary = (a, b) =>
  a.dtype === b.dtype && isNeutral(b, 0, a) ? a : a.dtype === b.dtype && isNeutral(a, 0, b) ? b : addNodes(a, b);
export const sub: Binary = (a, b) => (a.dtype === b.dtype && isNeutral(b, 0, a) ? a : subNodes(a, b));
export const mul: Binary = (a, b) =>
  a.dtype === b.dtype && isNeutral(b, 1, a) ? a : a.dtype === b.dtype && isNeutral(a, 1, b) ? b : mulNodes(a, b);
export const div: Binary = (a, b) => (a.dtype === b.dtype && isNeutral(b, 1, a) ? a : divNodes(a, b));

/** a to the power b. At a negative base a gradient with respect to b is NaN, as the logarithm is. */
export const pow: Binary = binary("pow", {
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

/** The gradient of a maximum or minimum goes to the operand that wins; of two equals each gets half, as in PyTorch. */
const extremum =
  (wins: Binary) =>
  (a: Value, b: Value, gradient: Value): readonly [Value, Value] => {
    const share = add(cast(wins(a, b), a.dtype), mul(cast(equal(a, b), a.dtype), scalar(0.5, a.dtype)));
    const toA = mul(gradient, share);
    return [toA, sub(gradient, toA)];
  };

export const maximum: Binary = binary("maximum", { opType: "Max", memory: "inPlace", gradient: extremum(greater) });
export const minimum: Binary = binary("minimum", { opType: "Min", memory: "inPlace", gradient: extremum(less) });

const clipOperator: Operator = {
  name: "clip",
  memory: "own",
  elementwise: true,
  lower: (graph, [x, low, high], { inputs }) =>
    inputs.slice(1).every(({ shape }) => shape.length === 0)
      ? graph.node("Clip", [x!, low!, high!])
      : graph.node("Min", [graph.node("Max", [x!, low!]), high!]),
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

/** Numbers below `low` become `low`, those above `high` become `high`. */
export function clip(x: Value, low: Value, high: Value): Value {
  const { shape, dtype } = minimum(maximum(x, low), high); // checks all three
  return apply(clipOperator, [x, low, high], { shape, dtype });
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
export const sin: Unary = unary("sin", { gradient: (x, gradient) => mul(gradient, cos(x)) });
export const cos: Unary = unary("cos", { gradient: (x, gradient) => neg(mul(gradient, sin(x))) });
export const sign: Unary = unary("sign", { dtypes: numbers, gradient: () => undefined });
export const abs: Unary = unary("abs", { dtypes: numbers, gradient: (x, gradient) => mul(gradient, sign(x)) });
export const square: Unary = (x) => mul(x, x);

const castOperator: Operator = {
  name: "cast",
  memory: "view",
  elementwise: true,
  lower: (graph, inputs, { outputs }) => graph.node("Cast", inputs, { to: onnxCodes[outputs[0]!.dtype] }),
  gradient: ({ inputs }, [gradient]) => [isFloat(inputs[0]!.dtype) ? cast(gradient!, inputs[0]!.dtype) : undefined],
};

/** The numbers that ONNX gives to element types (onnx.proto, TensorProto.DataType). */
export const onnxCodes: Readonly<Record<DType, number>> = dtypeCodes;

/** The same numbers as another element type; to int64 they are cut towards zero. */
export const cast = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : apply(castOperator, [x], { shape: x.shape, dtype }));
