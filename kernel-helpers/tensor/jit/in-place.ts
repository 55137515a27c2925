/**
 * Which parameters a graph may overwrite while it runs. New numbers can go straight into the memory of the old ones when every reader of the old
 * ones has certainly read them by then: it must lie before the node that makes the new numbers, or be that node and work in place.
 */
import { isConstant, knownScalar } from "../graph/constants.ts";
import { nodesBelow } from "../graph/order.ts";
import { sameShape, sizeOf } from "../graph/shape.ts";
import type { GraphNode, Value } from "../graph/value.ts";

/** For each pair of what a parameter is at first and what it becomes: whether the second may be written over the first. */
export function findInPlace(outputs: readonly Value[], pairs: readonly (readonly [before: Value, after: Value])[]): boolean[] {
  const nodes = nodesBelow(outputs);
  const readers = new Map<Value, GraphNode[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  const isView = viewsAmong(nodes);
  // What reads a view of the memory reads the memory.
  const readersOf = (value: Value): GraphNode[] =>
    (readers.get(value) ?? []).flatMap((node) => (isView(node) ? node.outputs.flatMap(readersOf) : [node]));
  const isViewOf = (value: Value, before: Value): boolean =>
    value === before || (isView(value.node) && value.node.inputs.some((input) => isViewOf(input, before)));

  const comesBefore = orderOf(nodes, new Set(pairs.flatMap(([before]) => readersOf(before))));

  return pairs.map(([before, after]) => {
    const { node } = after;
    const isViewed = outputs.some((output) => output !== after && isViewOf(output, before));
    if (isViewed || isView(node) || after.buffer) return false;
    return readersOf(before).every(
      (reader) =>
        comesBefore(reader, node) ||
        (reader === node &&
          node.operator.memory === "inPlace" &&
          node.inputs.every((input) => input !== before || sameShape(input.shape, after.shape))),
    );
  });
}

/** Whether a node's result may lie in the memory of what it reads: its operator says so, or ONNX Runtime may find that it changes nothing. */
function viewsAmong(nodes: readonly GraphNode[]): (node: GraphNode) => boolean {
  // What is computed from constants alone becomes a constant of the session. The runtime leaves out x · 1 and x + 0.
  const folded = new Set<GraphNode>();
  const isFolded = (value: Value): boolean => isConstant(value) || folded.has(value.node);
  for (const node of nodes) if (node.inputs.length > 0 && node.inputs.every(isFolded)) folded.add(node);
  const mayBeNeutral = (value: Value): boolean => isFolded(value) && sizeOf(value.shape) === 1 && knownScalar(value) === undefined;
  return ({ operator, inputs }) => operator.memory === "view" || (operator.elementwise && inputs.length > 1 && inputs.some(mayBeNeutral));
}

/** Whether a node of the second list is needed by another one, directly or not: a row of bits for each node, one for each of the second list. */
function orderOf(nodes: readonly GraphNode[], earlier: ReadonlySet<GraphNode>): (one: GraphNode, other: GraphNode) => boolean {
  const columns = new Map([...earlier].map((node, column) => [node, column]));
  const words = Math.ceil(columns.size / 32);
  const rows = new Map<GraphNode, Uint32Array>();
  for (const node of nodes) {
    const row = new Uint32Array(words);
    for (const { node: input } of node.inputs) {
      const below = rows.get(input);
      if (below) for (let word = 0; word < words; word++) row[word]! |= below[word]!;
      const column = columns.get(input);
      if (column !== undefined) row[column >>> 5]! |= 1 << (column & 31);
    }
    rows.set(node, row);
  }
  return (one, other) => {
    const column = columns.get(one)!;
    return (rows.get(other)![column >>> 5]! & (1 << (column & 31))) !== 0;
  };
}
