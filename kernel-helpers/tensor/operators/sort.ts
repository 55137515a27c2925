/** Order along an axis: where the largest lie, and in which order all of them do. */
import { checkBoolean, checkInteger, checkOptions } from "../../runtime/check.ts";
import { normalizeAxis } from "../graph/shape.ts";
import { apply, dtypeError, isFloat, shapeError, type DType, type Operator, type Value } from "../graph/value.ts";

/** Indices of the k largest or smallest along the axis, the best first, of equals the one that comes first. NaN counts as larger than all others. */
const topIndicesOperator: Operator = {
  name: "topIndices",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x], { inputs: [{ dtype }], attributes }) => {
    const { axis, k, largest } = attributes as { axis: number; k: number; largest: boolean };
    const options = { attributes: { axis, largest: largest ? 1 : 0, sorted: 1 }, outputs: 2 };
    const key = isFloat(dtype) ? withNaNOnTop(graph.scalar(Infinity, dtype), graph.scalar(largestOf[dtype]!, dtype)) : x!;
    return graph.graph.nodes("TopK", [key, graph.integers([k])], options)[1]!;

    function withNaNOnTop(top: string, second: string): string {
      return graph.node("Where", [graph.node("IsNaN", [x!]), top, graph.node("Min", [x!, second])]);
    }
  },
};

/** Infinity is sorted as the largest number, so that NaN is above it. */
const largestOf: Partial<Record<DType, number>> = { float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE };

export interface TopKOptions {
  /** Whether the largest are found, or the smallest. @default true */
  largest?: boolean;
}

/** Indices of the k first along the axis, int64; see topIndicesOperator. */
export function topIndices(operation: string, x: Value, k: number, axis: number, largest: boolean): Value {
  if (x.shape.length === 0) throw shapeError(operation, "a scalar has no axes", [x], { hint: "give it at least one axis" });
  if (x.dtype === "bool") throw dtypeError(operation, "it is not defined for bool", { hint: 'convert with .to("int64")' });
  const along = normalizeAxis(operation, axis, x.shape.length);
  checkInteger("k", k, { min: 0, max: x.shape[along]!, hint: `there are ${x.shape[along]} along the axis` });
  return apply(topIndicesOperator, [x], { shape: x.shape.with(along, k), dtype: "int64" }, { axis: along, k, largest });
}

export function checkTopKOptions(options: TopKOptions): boolean {
  checkOptions("options", options, ["largest"]);
  return checkBoolean("largest", options.largest ?? true);
}

export interface ArgsortOptions {
  /** Whether the largest come first. @default false */
  descending?: boolean;
}

/** In which order the numbers along the axis are sorted; equals keep theirs. */
export function argsort(x: Value, axis: number, options: ArgsortOptions = {}): Value {
  checkOptions("options", options, ["descending"]);
  const descending = checkBoolean("descending", options.descending ?? false);
  return topIndices("argsort", x, x.shape.at(normalizeAxis("argsort", axis, x.shape.length)) ?? 0, axis, descending);
}
