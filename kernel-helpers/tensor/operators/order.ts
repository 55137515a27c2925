/** Order between what is otherwise independent. */
import { falseOnceComputed } from "../../onnx/index.ts";
import type { Lowering } from "../graph/lowering.ts";
import { sizeOf } from "../graph/shape.ts";
import { apply, checkFloat, dtypeError, type Operator, type Value } from "../graph/value.ts";

const operator: Operator = {
  name: "after",
  memory: "own",
  elementwise: false,
  lower: (graph, [x, ...others], { inputs, outputs }) => {
    const firsts = others.map((other, index) => firstElement(graph, other, inputs[index + 1]!.shape.length));
    const areAlike = inputs.slice(1).every(({ dtype }) => dtype === "float32");
    const all = falseOnceComputed(graph.graph, firsts, areAlike ? graph.device : "cpu");
    const zero = graph.cast(all, outputs[0]!.dtype);
    return graph.node("Add", [x!, graph.node("ReduceMax", [zero], { keepdims: 0 })]);
  },
  gradient: ({ inputs }, [gradient]) => inputs.map((_, index) => (index === 0 ? gradient : undefined)),
};

/** (1), whatever the shape. */
function firstElement(graph: Lowering, x: string, rank: number): string {
  const list = (value: number): string => graph.integers(Array.from({ length: rank }, () => value));
  return graph.node("Reshape", [rank === 0 ? x : graph.node("Slice", [x, list(0), list(1)]), graph.integers([1])]);
}

/**
 * x, computed only when the others have been: lets a graph overwrite what they read. x holds numbers, the others floats; x of one element costs
 * nothing.
 */
export function after(x: Value, others: readonly Value[]): Value {
  if (x.dtype === "bool") throw dtypeError("after", "bools cannot wait", { hint: 'wait with .to("int64"), and convert back' });
  for (const other of others) checkFloat("after: waiting for others", other);
  const waitedFor = others.filter(({ shape }) => sizeOf(shape) > 0);
  return waitedFor.length === 0 ? x : apply(operator, [x, ...waitedFor], x);
}
