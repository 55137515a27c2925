/** Stretching an axis and summing along it: each is the other's gradient. */
import { checkShape } from "../arguments.ts";
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { normalizeAxes, reducedShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { apply, dtypeError, shapeError, type Operator, type Value } from "../graph/value.ts";
import { reshape } from "./layout.ts";

const expandOperator: Operator = {
  name: "broadcastTo",
  memory: "view",
  elementwise: false,
  lower: (graph, [x], { outputs }) => graph.node("Expand", [x!, graph.integers(outputs[0]!.shape)]),
  gradient: ({ inputs }, [gradient]) => [unbroadcast(gradient!, inputs[0]!.shape)],
};

/** Stretches axes of size 1, and new axes in front, to the shape. */
export function broadcastTo(x: Value, shape: Shape): Value {
  checkShape("broadcastTo: shape", shape);
  if (sameShape(x.shape, shape)) return x;
  const extra = shape.length - x.shape.length;
  if (extra < 0 || !x.shape.every((size, axis) => size === 1 || size === shape[axis + extra])) {
    throw shapeError("broadcastTo", "the first does not stretch to the second", [x, { shape, dtype: x.dtype }], {
      hint: "aligned at the end, each size must be equal or 1",
    });
  }
  return apply(expandOperator, [x], { shape, dtype: x.dtype });
}

/** The part of a gradient that goes to an operand which was stretched: summed over the axes along which it was. */
export function unbroadcast(gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : []));
  return reshape(sum(gradient, axes, true), shape);
}

export const sumOperator: Operator = {
  name: "sum",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x], { attributes, inputs, outputs }) => {
    const axes = attributes.axes as number[];
    const [{ shape, dtype }, total] = [inputs[0]!, outputs[0]!];
    const rows = sizeOf(shape.slice(0, axes.length));
    const columns = sizeOf(shape.slice(axes.length));
    // Down the columns a product with a row of ones is several times as fast as ReduceSum, which goes through memory in strides.
    if (dtype === "float32" && axes.at(-1) === axes.length - 1 && rows > 1 && columns > 1) {
      const matrix = graph.node("Reshape", [x!, graph.integers([rows, columns])]);
      const ones = graph.constant(
        dtype,
        Array.from({ length: rows }, () => 1),
        [1, rows],
      );
      return graph.node("Reshape", [graph.node("MatMul", [ones, matrix]), graph.integers(total.shape)]);
    }
    if (dtype === "int64") return exactSum(graph, x!, shape, axes);
    return graph.node("ReduceSum", [x!, graph.integers(axes)], { keepdims: 1 });
  },
  gradient: ({ inputs }, [gradient]) => [broadcastTo(gradient!, inputs[0]!.shape)],
};

/** ONNX Runtime's ReduceSum adds int64 as float64, which is inexact from 2^53 on and saturates at the ends; its MatMul adds integers, modulo 2^64. */
function exactSum(graph: Lowering, x: string, shape: Shape, axes: readonly number[]): string {
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const columns = sizeOf(axes.map((axis) => shape[axis]!));
  const last = graph.node("Transpose", [x], { perm: [...kept, ...axes] });
  const matrix = graph.node("Reshape", [last, graph.integers([sizeOf(shape) / columns, columns])]);
  const ones = graph.node("Expand", [graph.constant("int64", [1], [1, 1]), graph.integers([columns, 1])]);
  return graph.node("Reshape", [graph.node("MatMul", [matrix, ones]), graph.integers(reducedShape(shape, axes, true))]);
}

/** Sum over the axes, over all when none is named. */
export function sum(x: Value, axes?: number | readonly number[], keepDims: boolean = false): Value {
  if (x.dtype === "bool") throw dtypeError("sum", "it is not defined for bool", { hint: 'count with .to("int64").sum()' });
  const over = normalizeAxes("sum", axes, x.shape.length);
  const kept = reducedShape(x.shape, over, true);
  const total =
    over.length === 0
      ? x
      : sizeOf(x.shape) === 0
        ? broadcastTo(scalar(0, x.dtype), kept)
        : apply(sumOperator, [x], { shape: kept, dtype: x.dtype }, { axes: over });
  return keepDims ? total : reshape(total, reducedShape(x.shape, over, false));
}
