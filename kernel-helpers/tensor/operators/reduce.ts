/** Reductions along axes: mean, extremes, variance, log-sum-exp, cumulative sum. */
import { checkNumber } from "../../runtime/check.ts";
import { keepDimsOf } from "../arguments.ts";
import { scalar } from "../graph/constants.ts";
import { normalizeAxes, normalizeAxis, reducedShape } from "../graph/shape.ts";
import { apply, checkFloat, dtypeError, isFloat, shapeError, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo, sum } from "./broadcast.ts";
import { cast, div, exp, mul, sub } from "./elementwise.ts";
import { equal } from "./compare.ts";
import { reshape } from "./layout.ts";

type Axes = number | readonly number[] | undefined;

const countOf = (x: Value, axes: Axes): number =>
  normalizeAxes("mean", axes, x.shape.length).reduce((count, axis) => count * x.shape[axis]!, 1);

/** Computed in float32 where x is float16, in whose range a sum on the way may not lie, and rounded once. */
export const inFloat32 = (x: Value, f: (x: Value) => Value): Value =>
  x.dtype === "float16" ? cast(f(cast(x, "float32")), "float16") : f(x);

export function mean(x: Value, axes?: Axes, keepDims: boolean = false): Value {
  checkFloat("mean", x);
  return inFloat32(x, (numbers) => mul(sum(numbers, axes, keepDims), scalar(1 / countOf(x, axes), numbers.dtype)));
}

function extreme(name: "max" | "min"): (x: Value, axes?: Axes, keepDims?: boolean) => Value {
  const opType = name === "max" ? "ReduceMax" : "ReduceMin";
  const operator: Operator = {
    name,
    memory: "own",
    elementwise: false,
    // ONNX Runtime passes NaN over, unless it comes first; to PyTorch and NumPy, it is the extreme.
    lower: (graph, [x], { inputs: [{ dtype }], attributes }) => {
      const axes = graph.integers(attributes.axes as number[]);
      const found = graph.node(opType, [x!, axes], { keepdims: 1 });
      if (!isFloat(dtype)) return found;
      const hasNaN = graph.node("ReduceMax", [graph.cast(graph.node("IsNaN", [x!]), "uint8"), axes], { keepdims: 1 });
      return graph.node("Where", [graph.cast(hasNaN, "bool"), graph.scalar(NaN, dtype), found]);
    },
    // All that reach the extreme share the gradient, as in PyTorch's amax.
    gradient: ({ inputs, outputs, attributes }, [gradient]) => {
      const [x] = inputs as [Value];
      const winners = cast(equal(x, broadcastTo(outputs[0]!, x.shape)), x.dtype);
      return [mul(winners, div(gradient!, sum(winners, attributes.axes as number[], true)))];
    },
  };
  return (x, axes, keepDims = false) => {
    const over = normalizeAxes(name, axes, x.shape.length);
    if (over.some((axis) => x.shape[axis] === 0)) {
      throw shapeError(name, "there is nothing to choose from", [x], { hint: "reduce along axes that have elements" });
    }
    const found =
      over.length === 0 ? x : apply(operator, [x], { shape: reducedShape(x.shape, over, true), dtype: x.dtype }, { axes: over });
    return keepDims ? found : reshape(found, reducedShape(x.shape, over, false));
  };
}

export const max: (x: Value, axes?: Axes, keepDims?: boolean) => Value = extreme("max");
export const min: (x: Value, axes?: Axes, keepDims?: boolean) => Value = extreme("min");

/** Σ (x − mean)², times the factor. */
const varianceOperator: Operator = {
  name: "variance",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x], { inputs: [{ dtype }], attributes }) => {
    const axes = graph.integers(attributes.axes as number[]);
    const distance = graph.node("Sub", [x!, graph.node("ReduceMean", [x!, axes], { keepdims: 1 })]);
    const squares = graph.node("ReduceSum", [graph.node("Mul", [distance, distance]), axes], { keepdims: 1 });
    return graph.node("Mul", [squares, graph.scalar(attributes.factor as number, dtype)]);
  },
  // 2·factor·(x − mean)·g: what comes through the mean adds up to 0.
  gradient: ({ inputs: [x], attributes }, [gradient]) => {
    const { axes, factor } = attributes as { axes: number[]; factor: number };
    return [mul(sub(x!, mean(x!, axes, true)), mul(gradient!, scalar(2 * factor, x!.dtype)))];
  },
};

/** Mean squared distance from the mean. `correction` is taken off the count: 1 for Bessel's, 0 for the population's. */
export function variance(x: Value, axes?: Axes, options: { keepDims?: boolean; correction?: number } = {}): Value {
  const keepDims = keepDimsOf(options, ["keepDims", "correction"]);
  const correction = checkNumber("correction", options.correction ?? 1);
  checkFloat("variance", x);
  const over = normalizeAxes("variance", axes, x.shape.length);
  const kept = { shape: reducedShape(x.shape, over, true), dtype: x.dtype };
  const factor = 1 / Math.max(0, countOf(x, over) - correction); // of too few it is NaN
  const isOfNothing = over.some((axis) => x.shape[axis] === 0);
  const found = isOfNothing ? broadcastTo(scalar(NaN, x.dtype), kept.shape) : apply(varianceOperator, [x], kept, { axes: over, factor });
  return keepDims ? found : reshape(found, reducedShape(x.shape, over, false));
}

const logSumExpOperator: Operator = {
  name: "logSumExp",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x], { inputs: [{ dtype }], attributes }) => {
    const axes = graph.integers(attributes.axes as number[]);
    const reduced = (opType: string, numbers: string): string => graph.node(opType, [numbers, axes], { keepdims: 1 });
    const top = reduced("ReduceMax", x!);
    const isInfinite = graph.node("Equal", [graph.node("Abs", [top]), graph.scalar(Infinity, dtype)]);
    const largest = graph.node("Where", [isInfinite, graph.scalar(0, dtype), top]);
    const total = graph.node("Log", [reduced("ReduceSum", graph.node("Exp", [graph.node("Sub", [x!, largest])]))]);
    return graph.node("Add", [total, largest]);
  },
  gradient: ({ inputs: [x], outputs: [y] }, [gradient]) => [mul(exp(sub(x!, y!)), gradient!)],
};

/** log Σ exp(x), without overflow: the largest is taken out first, unless it is infinite. Of nothing it is −∞. */
export function logSumExp(x: Value, axes?: Axes, keepDims: boolean = false): Value {
  checkFloat("logSumExp", x);
  const over = normalizeAxes("logSumExp", axes, x.shape.length);
  const kept = { shape: reducedShape(x.shape, over, true), dtype: x.dtype };
  if (over.length < Math.min(1, x.shape.length)) return x;
  const isOfNothing = over.some((axis) => x.shape[axis] === 0);
  const total = isOfNothing ? broadcastTo(scalar(-Infinity, x.dtype), kept.shape) : apply(logSumExpOperator, [x], kept, { axes: over });
  return keepDims ? total : reshape(total, reducedShape(x.shape, over, false));
}

const stopOperator: Operator = {
  name: "detach",
  memory: "view",
  elementwise: true,
  lower: (_graph, [x]) => x!,
  gradient: () => [undefined],
};

/** The same numbers, through which no gradient flows. */
export const stop = (x: Value): Value => apply(stopOperator, [x], x);

const argmaxOperator: Operator = {
  name: "argmax",
  memory: "own",
  elementwise: false,
  lower: (graph, [x], { inputs: [{ dtype }], attributes }) => {
    const options = { axis: attributes.axis as number, keepdims: 0 };
    const found = graph.node("ArgMax", [x!], options);
    if (!isFloat(dtype)) return found;
    const isNaN = graph.cast(graph.node("IsNaN", [x!]), "uint8");
    const hasNaN = graph.node("ReduceMax", [isNaN, graph.integers([options.axis])], { keepdims: 0 });
    return graph.node("Where", [graph.cast(hasNaN, "bool"), graph.node("ArgMax", [isNaN], options), found]);
  },
};

/** Where along the axis the largest lies, the first of equals; the first NaN, if there is one; int64. */
export function argmax(x: Value, axis: number): Value {
  const over = normalizeAxis("argmax", axis, x.shape.length);
  if (x.shape[over] === 0) {
    throw shapeError("argmax", "there is nothing to choose from", [x], { hint: "take it along an axis that has elements" });
  }
  if (x.dtype === "bool") throw dtypeError("argmax", "it is not defined for bool", { hint: 'convert with .to("int64")' });
  return apply(argmaxOperator, [x], { shape: reducedShape(x.shape, [over], false), dtype: "int64" }, { axis: over });
}

const cumsumOperator: Operator = {
  name: "cumsum",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x], { attributes }) =>
    graph.node("CumSum", [x!, graph.scalar(attributes.axis as number, "int64")], { reverse: attributes.reverse ? 1 : 0 }),
  gradient: ({ attributes }, [gradient]) => [cumsum(gradient!, attributes.axis as number, !attributes.reverse)],
};

/** Running total along the axis; from the end when `reverse` is set. */
export function cumsum(x: Value, axis: number, reverse: boolean = false): Value {
  return apply(cumsumOperator, [x], x, { axis: normalizeAxis("cumsum", axis, x.shape.length), reverse });
}
