/** Shapes and axes: broadcasting as NumPy defines it (numpy.org/doc/stable/user/basics.broadcasting.html), negative axes counted from the end. */
import { ArgumentError } from "../../errors.ts";
import { argumentError } from "../../runtime/check.ts";

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

export const formatShape = (shape: Shape): string => `(${shape.join(", ")})`;

export const formatShapes = (shapes: readonly Shape[]): string => shapes.map(formatShape).join(" and ");

/** The shape that both stretch to, or undefined when there is none. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (left !== right && left !== 1 && right !== 1) return undefined;
    result.push(left === 1 ? right : left);
  }
  return result;
}

/** 0 ≤ axis < rank, for an axis that may count from the end. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (typeof axis !== "number")
    throw argumentError(`${operation}: axis`, "an integer", axis, { hint: "axes are counted from 0, or from -1 at the end" });
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new ArgumentError(`${operation}: there is no axis ${axis} in a tensor of ${rank} ${rank === 1 ? "axis" : "axes"}`, {
    hint: rank === 0 ? "a scalar has no axes" : `axes run from ${-rank} to ${rank - 1}`,
    facts: { operator: operation, axis, rank },
  });
}

/** Ascending, each once; all axes when none is named. */
export function normalizeAxes(operation: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  if (typeof axes !== "number" && !Array.isArray(axes)) {
    throw argumentError(`${operation}: axes`, "an axis or an array of axes", axes, { hint: "leave them out for all axes" });
  }
  const list = (typeof axes === "number" ? [axes] : (axes as readonly number[])).map((axis) => normalizeAxis(operation, axis, rank));
  return [...new Set(list)].sort((a, b) => a - b);
}

/** What is left of a shape after a reduction. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
}
