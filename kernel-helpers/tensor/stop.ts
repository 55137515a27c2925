/** Compiled functions that stop, before they have changed anything that waits for it, when a condition does not hold. */
import { stopUnless as lowerStop } from "../onnx/index.ts";
import { valueOf } from "./arguments.ts";
import { dtypeError, apply, shapeError, type Operator } from "./graph/value.ts";
import { Tensor } from "./tensor.ts";

export { stoppedBy } from "../onnx/index.ts";

const operator: Operator = {
  name: "stopUnless",
  memory: "own",
  elementwise: false,
  lower: (graph, [condition]) => lowerStop(graph.graph, condition!),
  gradient: () => [undefined],
};

/**
 * 1, a float32 scalar; but the run fails, with an error that `stoppedBy` knows, when the condition does not hold. Whatever is multiplied by it waits
 * for that, which costs nothing, where choosing between old and new weights costs a pass through all of them. Only devices that check indices can
 * stop so: see `capabilitiesOf`.
 *
 * @param condition A bool scalar.
 */
export function stopUnless(condition: Tensor): Tensor {
  const value = valueOf("condition", condition);
  if (value.dtype !== "bool")
    throw dtypeError("stopUnless", `the condition is ${value.dtype}`, { hint: "compare, for example with .less()" });
  if (value.shape.length > 0) throw shapeError("stopUnless", "the condition is not a scalar", [value], { hint: "reduce it first" });
  return new Tensor(apply(operator, [value], { shape: [], dtype: "float32" }));
}
