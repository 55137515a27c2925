/**
 * Reverse-mode differentiation (Linnainmaa 1970; Baydin et al. 2018, arXiv:1502.05767): from the result back to what it depends on, each node
 * turns the gradients of its outputs into those of its inputs. The gradients are expressions themselves, so they can be differentiated again.
 */
import { scalar } from "./graph/constants.ts";
import { nodesBelow } from "./graph/order.ts";
import { isFloat, type Node, type Value } from "./graph/value.ts";
import { broadcastTo } from "./operators/broadcast.ts";
import { add } from "./operators/elementwise.ts";

/** Gradients of a scalar with respect to values it is made from; zeros for those that it does not depend on. */
export function gradientsOf(result: Value, targets: readonly Value[]): Value[] {
  const known = new Map<Value, Value>([[result, broadcastTo(scalar(1, result.dtype), result.shape)]]);
  for (const node of pathsTo(result, new Set(targets))) {
    const given = node.outputs.map((output) => known.get(output));
    if (!node.operator.gradient || given.every((gradient) => gradient === undefined)) continue;
    node.operator.gradient(node, given).forEach((gradient, position) => {
      if (!gradient) return;
      const input = node.inputs[position]!;
      const before = known.get(input);
      known.set(input, before ? add(before, gradient) : gradient);
    });
  }
  return targets.map((target) => known.get(target) ?? broadcastTo(scalar(0, target.dtype), target.shape));
}

/** The nodes between the targets and the result, those nearest to the result first. */
function pathsTo(result: Value, targets: ReadonlySet<Value>): Node[] {
  const leads = new Set<Node>();
  for (const node of nodesBelow([result])) {
    if (node.inputs.some((input) => isFloat(input.dtype) && (targets.has(input) || leads.has(input.node)))) leads.add(node);
  }
  return [...leads].reverse();
}
