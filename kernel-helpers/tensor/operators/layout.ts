/** The same numbers in another arrangement: reshape and permute. */
import { argumentError } from "../../runtime/check.ts";
import { checkShape } from "../arguments.ts";
import { normalizeAxes, normalizeAxis, reducedShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { apply, shapeError, type Operator, type Value } from "../graph/value.ts";

export const reshapeOperator: Operator = {
  name: "reshape",
  memory: "view",
  elementwise: false,
  // A size of 0 means 0, not "as the input has it".
  lower: (graph, [x], { outputs }) => graph.node("Reshape", [x!, graph.integers(outputs[0]!.shape)], { allowzero: 1 }),
  gradient: ({ inputs }, [gradient]) => [reshape(gradient!, inputs[0]!.shape)],
};

/** The same numbers in the same order; one size may be -1 and follows from the others. */
export function reshape(x: Value, wanted: Shape): Value {
  checkShape("reshape: shape", wanted, { min: -1, hint: "pass the sizes as one array: .reshape([2, 3]); one may be -1" });
  const known = sizeOf(wanted.filter((size) => size !== -1));
  const shape = wanted.map((size) => (size === -1 ? sizeOf(x.shape) / known : size));
  if (sizeOf(shape) !== sizeOf(x.shape) || wanted.filter((size) => size === -1).length > 1 || !shape.every(Number.isInteger)) {
    throw shapeError("reshape", `${sizeOf(x.shape)} elements do not fill the new shape`, [x, { shape: wanted, dtype: x.dtype }], {
      hint: "both shapes must hold as many elements; one size may be -1",
    });
  }
  if (sameShape(x.shape, shape)) return x;
  if (x.node.operator === reshapeOperator && !x.buffer) return reshape(x.node.inputs[0]!, shape);
  return apply(reshapeOperator, [x], { shape, dtype: x.dtype });
}

const permuteOperator: Operator = {
  name: "permute",
  memory: "view",
  elementwise: false,
  lower: (graph, [x], { attributes }) => graph.node("Transpose", [x!], { perm: attributes.axes as number[] }),
  gradient: ({ attributes }, [gradient]) => [permute(gradient!, inversePermutation(attributes.axes as number[]))],
};

export function inversePermutation(axes: readonly number[]): number[] {
  const inverse = Array.from(axes, () => 0);
  axes.forEach((axis, position) => (inverse[axis] = position));
  return inverse;
}

/** Axes in another order: axis i of the result is axis axes[i] of x. Every axis once, none negative. */
export function permute(x: Value, axes: readonly number[]): Value {
  const inner = permutationOf(x);
  if (inner) {
    const combined = axes.map((axis) => inner.axes[axis]!);
    return combined.every((axis, position) => axis === position) ? inner.of : permute(inner.of, combined);
  }
  if (axes.every((axis, position) => axis === position)) return x;
  return apply(permuteOperator, [x], { shape: axes.map((axis) => x.shape[axis]!), dtype: x.dtype }, { axes });
}

/** As permute, for axes that a caller names: negative ones count from the end. */
export function rearrange(x: Value, axes: readonly number[]): Value {
  if (!Array.isArray(axes))
    throw argumentError("permute: axes", "an array", axes, { hint: "pass the axes as one array: .permute([1, 0])" });
  const rank = x.shape.length;
  const order = axes.map((axis) => normalizeAxis("permute", axis, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw shapeError("permute", `(${axes.join(", ")}) does not name each of the ${rank} axes once`, [x], {
      hint: `give all of 0 to ${rank - 1} in the order you want`,
    });
  }
  return permute(x, order);
}

/** Without the axes of size 1: all, or those named. */
export function squeeze(x: Value, axes?: number | readonly number[]): Value {
  const isOne = x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const gone = axes === undefined ? isOne : normalizeAxes("squeeze", axes, x.shape.length);
  if (!gone.every((axis) => isOne.includes(axis))) {
    throw shapeError("squeeze", `axis ${gone.join(", ")} is not of size 1`, [x], { hint: "only axes of size 1 can go" });
  }
  return reshape(x, reducedShape(x.shape, gone, false));
}

/** What a value is a permutation of, if it is one that has not been computed yet. */
export function permutationOf(x: Value): { of: Value; axes: readonly number[] } | undefined {
  if (x.node.operator !== permuteOperator || x.buffer) return undefined;
  return { of: x.node.inputs[0]!, axes: x.node.attributes.axes as number[] };
}

/** The last two axes exchanged. */
export function swapLast(x: Value): Value {
  const rank = x.shape.length;
  return permute(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}
