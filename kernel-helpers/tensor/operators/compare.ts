/** Comparisons and logic; their results are bool, and no gradient flows through them. */
import { broadcastShapes } from "../graph/shape.ts";
import { apply, dtypeError, shapeError, type DType, type Operator, type Value } from "../graph/value.ts";

type Comparison = (a: Value, b: Value) => Value;

function comparison(name: string, opType: string, dtypes: readonly DType[]): Comparison {
  const operator: Operator = { name, memory: "own", elementwise: true, lower: (graph, inputs) => graph.node(opType, inputs) };
  return (a, b) => {
    if (a.dtype !== b.dtype || !dtypes.includes(a.dtype)) {
      throw dtypeError(name, `it does not take ${a.dtype} and ${b.dtype}`, { hint: `both must be one of ${dtypes.join(", ")}` });
    }
    const shape = broadcastShapes(a.shape, b.shape);
    if (!shape) throw shapeError(name, "the shapes do not broadcast", [a, b], { hint: "aligned at the end, sizes must be equal or 1" });
    return apply(operator, [a, b], { shape, dtype: "bool" });
  };
}

const numbers: readonly DType[] = ["float32", "float64", "float16", "int64"];

export const equal: Comparison = comparison("equal", "Equal", [...numbers, "bool"]);
export const less: Comparison = comparison("less", "Less", numbers);
export const lessEqual: Comparison = comparison("lessEqual", "LessOrEqual", numbers);
export const greater: Comparison = comparison("greater", "Greater", numbers);
export const greaterEqual: Comparison = comparison("greaterEqual", "GreaterOrEqual", numbers);
export const logicalAnd: Comparison = comparison("logicalAnd", "And", ["bool"]);
export const logicalOr: Comparison = comparison("logicalOr", "Or", ["bool"]);

const notOperator: Operator = { name: "logicalNot", memory: "own", elementwise: true, lower: (graph, inputs) => graph.node("Not", inputs) };

export function logicalNot(x: Value): Value {
  if (x.dtype !== "bool") throw dtypeError("logicalNot", `it takes bool, not ${x.dtype}`, { hint: "compare first, for example .equal(0)" });
  return apply(notOperator, [x], x);
}
