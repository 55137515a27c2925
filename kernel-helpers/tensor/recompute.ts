/**
 * Trading time for memory (Chen et al. 2016, "Training deep nets with sublinear memory cost", arXiv:1604.06174): what is computed within a call
 * is forgotten after it, and computed once more when the gradient needs it.
 */
import { gradientsOf } from "./gradient.ts";
import { nodesBelow } from "./graph/order.ts";
import { applyAll, apply, isFloat, nextNodeId, source, type Operator, type Value } from "./graph/value.ts";
import { after } from "./operators/order.ts";
import { Tensor } from "./tensor.ts";

/**
 * A function that gives what f gives, with the same gradients, but keeps only its arguments until then.
 *
 * @example
 * const y = recompute((h: Tensor) => block.forward(h))(x);
 */
export function recompute<Given extends readonly Tensor[]>(f: (...given: Given) => Tensor): (...given: Given) => Tensor {
  return (...given) => {
    const first = nextNodeId();
    const { value } = f(...given);
    const isOuter = ({ node, buffer }: Value): boolean => node.id < first || node.operator === source || buffer !== undefined;
    const inside = nodesBelow([value], isOuter);
    const outer = [...new Set(inside.flatMap(({ inputs }) => inputs.filter(isOuter)))];
    const arguments_ = new Set(given.map((tensor) => tensor.value));
    const operator: Operator = {
      name: "recompute",
      lower: (_graph, [y]) => y!,
      gradient: (_node, [gradient]) => {
        // Tied to the gradient that arrives, the second time cannot come before it, nor be taken for the first.
        const again = new Map(
          outer.map((input) => [input, arguments_.has(input) && isFloat(input.dtype) ? after(input, [gradient!]) : input]),
        );
        const targets = outer.map((input) => again.get(input)!);
        for (const { operator: same, inputs, attributes, outputs } of inside) {
          const copies = applyAll(
            same,
            inputs.map((input) => again.get(input) ?? input),
            outputs,
            attributes,
          );
          outputs.forEach((output, index) => again.set(output, copies[index]!));
        }
        return [
          undefined,
          ...gradientsOf(again.get(value)!, targets, gradient).map((found, index) => (isFloat(outer[index]!.dtype) ? found : undefined)),
        ];
      },
    };
    return new Tensor(apply(operator, [value, ...outer], value));
  };
}
