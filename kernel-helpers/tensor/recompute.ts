/**
 * Trading time for memory (Chen et al. 2016, "Training deep nets with sublinear memory cost", arXiv:1604.06174): what is computed within a call
 * is forgotten after it, and computed once more when the gradient needs it.
 */
import { checkFunction, checkInstance } from "../runtime/check.ts";
import { valueOf } from "./arguments.ts";
import { gradientsOf } from "./gradient.ts";
import { isGiven, nodesBelow } from "./graph/order.ts";
import { applyAll, apply, isFloat, nextNodeId, source, type GraphNode, type Operator, type Value } from "./graph/value.ts";
import { after } from "./operators/order.ts";
import { Tensor } from "./tensor.ts";

/**
 * A function that returns what f returns, with the same gradients, but keeps only the result of what it computes until then. What it computes
 * from parameters alone is not computed again.
 *
 * @example
 * const y = recompute((h: Tensor) => block.forward(h))(x);
 */
export function recompute<Given extends readonly Tensor[]>(f: (...given: Given) => Tensor): (...given: Given) => Tensor {
  checkFunction("f", f);
  return (...given) => {
    given.forEach((argument, index) => valueOf(`argument ${index + 1}`, argument));
    const first = nextNodeId();
    const result = checkInstance("the value of f", f(...given), Tensor, { expected: "a tensor" });
    const { value } = result;
    const isOuter = (input: Value): boolean => input.node.id < first || isGiven(input);
    const inside = nodesBelow([value], isOuter);
    if (inside.length === 0) return result;
    const outer = [...new Set(inside.flatMap(({ inputs }) => inputs.filter(isOuter)))];
    const named = new Set(given.map((tensor) => tensor.value));
    const isTied = (input: Value): boolean => input.dtype !== "bool" && (named.has(input) || input.node.operator !== source);
    const operator: Operator = {
      name: "recompute",
      memory: "view",
      elementwise: false,
      lower: (_graph, [y]) => y!,
      gradient: ({ inputs: [, ...now] }, [gradient]) => {
        // Tied to the gradient that arrives, the second time cannot come before it, nor be taken for the first.
        const again = new Map(outer.map((input, index) => [input, isTied(input) ? after(now[index]!, [gradient!]) : now[index]!]));
        const targets = outer.map((input) => again.get(input)!);
        repeat(inside, again);
        const found = gradientsOf(again.get(value)!, targets, gradient);
        return [undefined, ...found.map((part, index) => (isFloat(outer[index]!.dtype) ? part : undefined))];
      },
    };
    return new Tensor(apply(operator, [value, ...outer], value));
  };
}

/** Applies the nodes once more, to the values that stand for their inputs, and adds what stands for their outputs. */
function repeat(nodes: readonly GraphNode[], again: Map<Value, Value>): void {
  for (const { operator, inputs, attributes, outputs } of nodes) {
    const standIns = inputs.map((input) => again.get(input)!);
    const made = applyAll(operator, standIns, outputs, attributes);
    outputs.forEach((output, index) => again.set(output, made[index]!));
  }
}
