/** Choosing between numbers by a condition. */
import { checkInteger } from "../../runtime/check.ts";
import { scalar } from "../graph/constants.ts";
import { broadcastShapes } from "../graph/shape.ts";
import { apply, dtypeError, makeSource, shapeError, type Operator, type Value } from "../graph/value.ts";
import { unbroadcast } from "./broadcast.ts";

const operator: Operator = {
  name: "where",
  memory: "inPlace",
  elementwise: true,
  lower: (graph, [condition, a, b], { outputs: [{ dtype }] }) => {
    if (dtype !== "bool") return graph.node("Where", [condition!, a!, b!]);
    // ONNX Runtime has no Where of bools.
    const other = graph.node("And", [graph.node("Not", [condition!]), b!]);
    return graph.node("Or", [graph.node("And", [condition!, a!]), other]);
  },
  gradient: ({ inputs }, [gradient]) => {
    const [condition, a, b] = inputs as [Value, Value, Value];
    const zero = scalar(0, a.dtype);
    return [undefined, unbroadcast(where(condition, gradient!, zero), a.shape), unbroadcast(where(condition, zero, gradient!), b.shape)];
  },
};

/** a where the condition holds, b elsewhere; all three broadcast. */
export function where(condition: Value, a: Value, b: Value): Value {
  if (condition.dtype !== "bool" || a.dtype !== b.dtype) {
    throw dtypeError("where", `it takes bool and two of one type, not ${condition.dtype}, ${a.dtype} and ${b.dtype}`, {
      hint: "make the condition by comparing, and convert with .to()",
    });
  }
  const pair = broadcastShapes(a.shape, b.shape);
  const shape = pair && broadcastShapes(condition.shape, pair);
  if (!shape) {
    throw shapeError("where", "the shapes do not broadcast", [condition, a, b], { hint: "aligned at the end, sizes must be equal or 1" });
  }
  return apply(operator, [condition, a, b], { shape, dtype: a.dtype });
}

/** Whether column − row ≤ diagonal ("lower") or ≥ diagonal ("upper"), (rows, columns) of bool; known at once. */
export function triangle(rows: number, columns: number, side: "lower" | "upper", diagonal: number): Value {
  const data = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const distance = column - row - diagonal;
      data[row * columns + column] = (side === "lower" ? distance <= 0 : distance >= 0) ? 1 : 0;
    }
  }
  return makeSource({ shape: [rows, columns], dtype: "bool" }, { data, writes: 0 });
}

/** The matrices of the last two axes with zeros outside the triangle. */
export function keepTriangle(x: Value, side: "lower" | "upper", diagonal: number): Value {
  const operation = side === "lower" ? "tril" : "triu";
  checkInteger(`${operation}: diagonal`, diagonal);
  if (x.shape.length < 2) throw shapeError(operation, "there is no matrix", [x], { hint: "it works on the last two axes" });
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return where(triangle(rows, columns, side, diagonal), x, scalar(0, x.dtype));
}
