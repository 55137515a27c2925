/**
 * Reverse-mode differentiation (Linnainmaa 1970; Baydin et al. 2018, arXiv:1502.05767): from the result back to what it depends on, each node
 * turns the gradients of its outputs into those of its inputs. The gradients are expressions themselves, so they can be differentiated again.
 */
import { ArgumentError } from "../errors.ts";
import { scalar } from "./graph/constants.ts";
import { nodesBelow } from "./graph/order.ts";
import { isFloat, type GraphNode, type Value } from "./graph/value.ts";
import { broadcastTo } from "./operators/broadcast.ts";
import { add } from "./operators/elementwise.ts";

const ones = ({ shape, dtype }: Value): Value => broadcastTo(scalar(1, dtype), shape);

/**
 * Gradients of the sum of result · given with respect to values it is made from; zeros for those that it does not depend on. A target counts as
 * independent of the others, even if it was made from one.
 */
export function gradientsOf(result: Value, targets: readonly Value[], given: Value = ones(result)): Value[] {
  const known = new Map<Value, Value>([[result, given]]);
  const ends = new Set(targets);
  for (const node of pathsTo(result, ends)) {
    const arriving = node.outputs.map((output) => (ends.has(output) ? undefined : known.get(output)));
    if (arriving.every((gradient) => gradient === undefined)) continue;
    if (!node.operator.gradient) {
      throw new ArgumentError(`there is no gradient of ${node.operator.name}`, { hint: "leave it out of the gradient with .detach()" });
    }
    node.operator.gradient(node, arriving).forEach((gradient, position) => {
      if (!gradient) return;
      const input = node.inputs[position]!;
      const before = known.get(input);
      known.set(input, before ? add(before, gradient) : gradient);
    });
  }
  return targets.map((target) => known.get(target) ?? broadcastTo(scalar(0, target.dtype), target.shape));
}

/** The nodes between the targets and the result, those nearest to the result first. */
function pathsTo(result: Value, targets: ReadonlySet<Value>): GraphNode[] {
  const leads = new Set<GraphNode>();
  for (const node of nodesBelow([result], (value) => targets.has(value))) {
    if (node.inputs.some((input) => isFloat(input.dtype) && (targets.has(input) || leads.has(input.node)))) leads.add(node);
  }
  return [...leads].toReversed();
}
