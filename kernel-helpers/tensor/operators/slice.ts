/** Parts of tensors and their joining: slice and pad are each other's gradient, as are concat and the slices it is made of. */
import { argumentError, checkArray, checkInteger } from "../../runtime/check.ts";
import { checkShape } from "../arguments.ts";
import { integersOf, scalar, setting } from "../graph/constants.ts";
import { formatShape, normalizeAxis, sameShape, sizeOf } from "../graph/shape.ts";
import { userLine } from "../graph/user-line.ts";
import { apply, applyAll, dtypeError, shapeError, type Operator, type Value } from "../graph/value.ts";
import { ArgumentError } from "../../errors.ts";
import { broadcastTo } from "./broadcast.ts";
import { outOfRange } from "./conditions.ts";
import { inversePermutation, permutationOf, permute, reshape } from "./layout.ts";

/** Inputs: x, and the first index along each axis. Those are fed, so that a slice further on runs in the same graph. */
const sliceOperator: Operator = {
  name: "slice",
  memory: "view",
  elementwise: false,
  lower: (graph, [x, starts], { attributes, outputs }) => {
    const steps = attributes.steps as number[];
    const extents = outputs[0]!.shape.map((length, axis) => (length - 1) * steps[axis]! + 1);
    const ends = graph.node("Add", [starts!, graph.integers(extents)]);
    return graph.node("Slice", [x!, starts!, ends, graph.integers([...steps.keys()]), graph.integers(steps)]);
  },
  gradient: ({ inputs: [x, from], attributes }, [gradient]) => {
    const [steps, starts] = [attributes.steps as number[], integersOf(from!)];
    const { shape } = x!;
    if (steps.every((step) => step === 1)) {
      const amounts = shape.map((size, axis) => [starts[axis]!, size - starts[axis]! - gradient!.shape[axis]!] as const);
      return [pad(gradient!, amounts), undefined];
    }
    if (sizeOf(gradient!.shape) === 0) return [broadcastTo(scalar(0, gradient!.dtype), shape), undefined];
    return [apply(unsliceOperator, [gradient!], { shape, dtype: gradient!.dtype }, { starts, steps }), undefined];
  },
};

/** Puts the slice back into zeros, each number where it came from, axis by axis. */
const unsliceOperator: Operator = {
  name: "unslice",
  memory: "own",
  elementwise: false,
  lower: (graph, [gradient], { attributes, inputs, outputs }) => {
    const { starts, steps } = attributes as Record<string, number[]>;
    const { shape, dtype } = outputs[0]!;
    let sizes = inputs[0]!.shape;
    let placed = gradient!;
    shape.forEach((size, axis) => {
      if (sizes[axis] === size && steps![axis] === 1) return;
      const full = sizes.map((length, other) => (other === axis ? size : length));
      const zeros = graph.node("Expand", [graph.scalar(0, dtype), graph.integers(full)]);
      const indices = Array.from({ length: sizes[axis]! }, (_, index) => starts![axis]! + index * steps![axis]!);
      const aligned = graph.constant(
        "int64",
        indices,
        sizes.map((_, other) => (other === axis ? indices.length : 1)),
      );
      placed = graph.node("ScatterElements", [zeros, graph.node("Expand", [aligned, graph.integers(sizes)]), placed], { axis });
      sizes = full;
    });
    return placed;
  },
  gradient: ({ inputs, attributes }, [gradient]) => {
    const { starts, steps } = attributes as Record<string, number[]>;
    const ends = inputs[0]!.shape.map((length, axis) => starts![axis]! + (length - 1) * steps![axis]! + 1);
    return [sliceRanges(gradient!, starts!, ends, steps!)];
  },
};

function sliceRanges(x: Value, starts: readonly number[], ends: readonly number[], steps: readonly number[]): Value {
  const shape = starts.map((start, axis) => Math.max(0, Math.ceil((ends[axis]! - start) / steps[axis]!)));
  if (sameShape(shape, x.shape) && steps.every((step) => step === 1)) return x;
  const inner = permutationOf(x); // cut before it is rearranged: a product may read what is left where it lies
  if (inner) {
    const order = inversePermutation(inner.axes);
    const before = (list: readonly number[]): number[] => order.map((axis) => list[axis]!);
    return permute(sliceRanges(inner.of, before(starts), before(ends), before(steps)), inner.axes);
  }
  return apply(sliceOperator, [x, setting("int64", starts)], { shape, dtype: x.dtype }, { steps });
}

/** What is taken along one axis: one place, whose axis goes, or a range [start, end, step] as in Python, or null for all. */
export type SliceRange = number | null | readonly [start: number | null, end?: number | null, step?: number];

/** Parts along the first axes, one range each; later axes stay whole. */
export function slice(x: Value, ranges: readonly SliceRange[]): Value {
  if (ranges.length > x.shape.length) {
    throw shapeError("slice", `${ranges.length} ranges for ${x.shape.length} axes`, [x], { hint: "give at most one range an axis" });
  }
  const gone: number[] = [];
  const resolved = x.shape.map((size, axis) => {
    const range = ranges[axis] ?? [null];
    if (typeof range === "number") {
      const index = checkInteger("slice: index", range) + (range < 0 ? size : 0);
      if (index < 0 || index >= size) {
        const hint = size === 0 ? "there is nothing to choose from" : `indices run from ${-size} to ${size - 1}`;
        throw outOfRange({ operation: "slice", size, of: `axis ${axis} of ${formatShape(x.shape)}`, hint }, range, userLine());
      }
      gone.push(axis);
      return [index, index + 1, 1] as const;
    }
    if (!Array.isArray(range) || ![1, 2, 3].includes(range.length)) {
      const hint = "null is all of an axis, 3 one index of it, [1, 5, 2] a part";
      throw argumentError("slice: each range", "null, an integer, or [start, end, step]", range, { hint });
    }
    const [start, end, step = 1] = range as readonly [number | null, (number | null)?, number?];
    for (const place of [start, end]) if (place !== null && place !== undefined) checkInteger("slice: start and end", place);
    checkInteger("slice: step", step, { min: 1, hint: "reverse an axis with .flip()" });
    const bound = (place: number): number => Math.min(size, Math.max(0, place < 0 ? place + size : place));
    const first = bound(start ?? 0);
    return [first, Math.max(first, bound(end ?? size)), step] as const;
  });
  const part = sliceRanges(
    x,
    resolved.map(([start]) => start),
    resolved.map(([, end]) => end),
    resolved.map(([, , step]) => step),
  );
  return reshape(
    part,
    part.shape.filter((_, axis) => !gone.includes(axis)),
  );
}

/** Inputs: x, how many elements come before and after along each axis, and their number; all of them are fed. */
const padOperator: Operator = {
  name: "pad",
  memory: "own",
  elementwise: false,
  lower: (graph, inputs) => graph.node("Pad", inputs),
  gradient: ({ inputs: [x, amounts] }, [gradient]) => {
    const { shape } = x!;
    const before = integersOf(amounts!).slice(0, shape.length);
    const part = sliceRanges(
      gradient!,
      before,
      shape.map((size, axis) => before[axis]! + size),
      shape.map(() => 1),
    );
    return [part, undefined, undefined];
  },
};

/** More elements before and after along each axis, all of them the number. */
export function pad(x: Value, amounts: readonly (readonly [before: number, after: number])[], value: number = 0): Value {
  const hint = "give [before, after] for each axis, such as [[0, 0], [1, 2]]";
  const checkPair = (name: string, pair: unknown): unknown => checkArray(name, pair, (end, amount) => checkInteger(end, amount), { hint });
  checkArray("pad: amounts", amounts, checkPair, { hint });
  if (typeof value !== "number") throw argumentError("pad: number", "a number", value);
  if (amounts.length !== x.shape.length || amounts.some((pair) => pair.length !== 2) || amounts.flat().some((amount) => amount < 0)) {
    throw shapeError("pad", `the amounts ${JSON.stringify(amounts)} do not fit`, [x], {
      hint: "give [before, after] for each axis, 0 or more",
    });
  }
  if (amounts.flat().every((amount) => amount === 0)) return x;
  const shape = x.shape.map((size, axis) => amounts[axis]![0] + size + amounts[axis]![1]);
  if (sizeOf(x.shape) === 0) return broadcastTo(scalar(value, x.dtype), shape);
  const [before, after] = [amounts.map(([first]) => first), amounts.map(([, last]) => last)];
  return apply(padOperator, [x, setting("int64", [...before, ...after]), setting(x.dtype, [value], [])], { shape, dtype: x.dtype });
}

const concatOperator: Operator = {
  name: "concat",
  memory: "own",
  elementwise: false,
  lower: (graph, inputs, { attributes }) => graph.node("Concat", inputs, { axis: attributes.axis as number }),
  gradient: ({ inputs, attributes }, [gradient]) => {
    const axis = attributes.axis as number;
    return split(
      gradient!,
      inputs.map(({ shape }) => shape[axis]!),
      axis,
    );
  },
};

/** One behind the other along the axis; all other sizes are equal. */
export function concat(parts: readonly Value[], axis: number): Value {
  const [first] = parts;
  if (!first) throw new ArgumentError("concat: there is nothing to join", { hint: "give at least one tensor" });
  const along = normalizeAxis("concat", axis, first.shape.length);
  for (const part of parts) {
    if (part.dtype !== first.dtype) {
      throw dtypeError("concat", `${first.dtype} and ${part.dtype} do not mix`, { hint: `convert one of them: .to("${first.dtype}")` });
    }
    if (!sameShape(part.shape.toSpliced(along, 1), first.shape.toSpliced(along, 1)) || part.shape.length !== first.shape.length) {
      throw shapeError("concat", `sizes differ on another axis than ${along}`, [first, part], { hint: "only the joined axis may differ" });
    }
  }
  if (parts.length === 1) return first;
  const shape = first.shape.with(
    along,
    parts.reduce((total, part) => total + part.shape[along]!, 0),
  );
  const filled = parts.filter((part) => sizeOf(part.shape) > 0);
  if (filled.length === 1) return filled[0]!;
  return apply(concatOperator, filled.length === 0 ? parts : filled, { shape, dtype: first.dtype }, { axis: along });
}

export const splitOperator: Operator = {
  name: "split",
  memory: "view",
  elementwise: false,
  lower: (graph, [x], { attributes }) => {
    const { axis, sizes } = attributes as { axis: number; sizes: number[] };
    return graph.graph.nodes("Split", [x!, graph.integers(sizes)], { attributes: { axis }, outputs: sizes.length });
  },
  gradient: ({ outputs, attributes }, gradients) => [
    concat(
      gradients.map((gradient, index) => gradient ?? broadcastTo(scalar(0, outputs[index]!.dtype), outputs[index]!.shape)),
      attributes.axis as number,
    ),
  ],
};

/** Parts of the given sizes along the axis. */
export function split(x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  checkShape("split: sizes", sizes, { hint: "pass the sizes of the parts as one array: .split([2, 3])" });
  const along = normalizeAxis("split", axis, x.shape.length);
  if (sizes.reduce((total, size) => total + size, 0) !== x.shape[along]) {
    throw shapeError("split", `sizes ${sizes.join(", ")} do not add up to axis ${along}`, [x], { hint: `it is ${x.shape[along]} long` });
  }
  if (sizes.length === 1) return [x];
  const inner = permutationOf(x);
  if (inner) return split(inner.of, sizes, inner.axes[along]!).map((part) => permute(part, inner.axes));
  const types = sizes.map((size) => ({ shape: x.shape.with(along, size), dtype: x.dtype }));
  return applyAll(splitOperator, [x], types, { axis: along, sizes });
}

const flipOperator: Operator = {
  name: "flip",
  memory: "own",
  elementwise: false,
  lower: (graph, [x], { attributes }) => {
    const axes = attributes.axes as number[];
    const list = (number: number): string => graph.integers(axes.map(() => number));
    return graph.node("Slice", [x!, list(-1), list(Number.MIN_SAFE_INTEGER), graph.integers(axes), list(-1)]);
  },
  gradient: ({ attributes }, [gradient]) => [flip(gradient!, attributes.axes as number[])],
};

/** In the opposite order along the axes. */
export function flip(x: Value, axes: readonly number[]): Value {
  return axes.length === 0 ? x : apply(flipOperator, [x], x, { axes });
}
