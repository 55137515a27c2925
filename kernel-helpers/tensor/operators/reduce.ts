/** Reductions along axes: mean, extremes, variance, log-sum-exp, cumulative sum. */
import { scalar } from "../graph/constants.ts";
import { normalizeAxes, normalizeAxis, reducedShape } from "../graph/shape.ts";
import { apply, checkFloat, dtypeError, shapeError, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo, sum } from "./broadcast.ts";
import { abs, add, cast, div, exp, log, mul, sub, square } from "./elementwise.ts";
import { equal } from "./compare.ts";
import { reshape } from "./layout.ts";
import { where } from "./select.ts";

type Axes = number | readonly number[] | undefined;

const countOf = (x: Value, axes: Axes): number =>
  normalizeAxes("mean", axes, x.shape.length).reduce((count, axis) => count * x.shape[axis]!, 1);

export function mean(x: Value, axes?: Axes, keepDims: boolean = false): Value {
  checkFloat("mean", x);
  return mul(sum(x, axes, keepDims), scalar(1 / countOf(x, axes), x.dtype));
}

function extreme(name: "max" | "min"): (x: Value, axes?: Axes, keepDims?: boolean) => Value {
  const opType = name === "max" ? "ReduceMax" : "ReduceMin";
  const operator: Operator = {
    name,
    memory: "own",
    elementwise: false,
    lower: (graph, [x], { attributes }) => graph.node(opType, [x!, graph.integers(attributes.axes as number[])], { keepdims: 1 }),
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

/** Mean squared distance from the mean. `correction` is taken off the count: 1 for Bessel's, 0 for the population's. */
export function variance(
  x: Value,
  axes?: Axes,
  { keepDims = false, correction = 1 }: { keepDims?: boolean; correction?: number } = {},
): Value {
  checkFloat("variance", x);
  const squares = sum(square(sub(x, mean(x, axes, true))), axes, keepDims);
  return mul(squares, scalar(1 / Math.max(0, countOf(x, axes) - correction), x.dtype)); // NaN of too few
}

/** log Σ exp(x), without overflow: the largest is taken out first, unless it is infinite, and no gradient flows through it. Of nothing it is −∞. */
export function logSumExp(x: Value, axes?: Axes, keepDims: boolean = false): Value {
  checkFloat("logSumExp", x);
  const zero = scalar(0, x.dtype);
  const top = countOf(x, axes) === 0 ? zero : stop(max(x, axes, true));
  const largest = where(equal(abs(top), scalar(Infinity, x.dtype)), zero, top);
  const total = add(log(sum(exp(sub(x, largest)), axes, true)), largest);
  return keepDims ? total : reshape(total, reducedShape(x.shape, normalizeAxes("logSumExp", axes, x.shape.length), false));
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
  lower: (graph, [x], { attributes }) => graph.node("ArgMax", [x!], { axis: attributes.axis as number, keepdims: 0 }),
};

/** Where along the axis the largest lies, the first of equals; int64. */
export function argmax(x: Value, axis: number): Value {
  const over = normalizeAxis("argmax", axis, x.shape.length);
  if (x.dtype === "bool") throw dtypeError("argmax", "it is not defined for bool", { hint: 'convert with .to("int64")' });
  return apply(argmaxOperator, [x], { shape: reducedShape(x.shape, [over], false), dtype: "int64" }, { axis: over });
}

const cumsumOperator: Operator = {
  name: "cumsum",
  memory: "own",
  elementwise: false,
  lower: (graph, [x], { attributes }) =>
    graph.node("CumSum", [x!, graph.scalar(attributes.axis as number, "int64")], { reverse: attributes.reverse ? 1 : 0 }),
  gradient: ({ attributes }, [gradient]) => [cumsum(gradient!, attributes.axis as number, !attributes.reverse)],
};

/** Running total along the axis; from the end when `reverse` is set. */
export function cumsum(x: Value, axis: number, reverse: boolean = false): Value {
  return apply(cumsumOperator, [x], x, { axis: normalizeAxis("cumsum", axis, x.shape.length), reverse });
}
