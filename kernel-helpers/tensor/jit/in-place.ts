/**
 * Which parameters a graph may overwrite while it runs. New numbers can go straight into the memory of the old ones when whoever reads the old
 * ones has certainly read them by then: every reader must lie before the node that makes the new numbers, or be that node and work number by number.
 */
import { nodesBelow } from "../graph/order.ts";
import { sameShape } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";

/** Operators that may give a view of their input's memory, or be merged by ONNX Runtime into whoever reads them: their readers count as readers of the input. */
const views: ReadonlySet<string> = new Set(["alias", "detach", "recompute", "reshape", "permute", "broadcastTo", "cast", "slice", "split"]);

const numberByNumber: ReadonlySet<string> = new Set(["add", "sub", "mul", "div", "maximum", "minimum", "where"]);

/** For each pair of what a parameter is at first and what it becomes: whether the second may be written over the first. */
export function findInPlace(outputs: readonly Value[], pairs: readonly (readonly [before: Value, after: Value])[]): boolean[] {
  const readers = new Map<Value, Node[]>();
  for (const node of nodesBelow(outputs)) {
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  const readersOf = (value: Value): Node[] =>
    (readers.get(value) ?? []).flatMap((node) => (views.has(node.operator.name) ? node.outputs.flatMap(readersOf) : [node]));

  return pairs.map(([before, after]) => {
    const { node } = after;
    const isViewed = outputs.some((output) => output !== after && isViewOf(output, before));
    if (isViewed || views.has(node.operator.name) || after.buffer) return false;
    const ancestors = new Set(nodesBelow(node.inputs));
    return readersOf(before).every(
      (reader) =>
        ancestors.has(reader) ||
        (reader === node &&
          numberByNumber.has(node.operator.name) &&
          node.inputs.every((input) => input !== before || sameShape(input.shape, after.shape))),
    );
  });
}

function isViewOf(value: Value, before: Value): boolean {
  return value === before || (views.has(value.node.operator.name) && value.node.inputs.some((input) => isViewOf(input, before)));
}
