/** Which nodes an expression consists of. */
import { source, type GraphNode, type Value } from "./value.ts";

/** Whether the numbers come from outside: they are known, or will be fed. */
export const isGiven = (value: Value): boolean => value.buffer !== undefined || value.node.operator === source;

/** All nodes that the values are made by, each after those that it needs. */
export function nodesBelow(values: readonly Value[], isEnd: (value: Value) => boolean = () => false): GraphNode[] {
  const found = new Set<GraphNode>();
  const waiting = values.filter((value) => !isEnd(value)).map(({ node }) => node);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (!isEnd(input) && !found.has(input.node)) waiting.push(input.node);
  }
  return [...found].sort((a, b) => a.id - b.id);
}
