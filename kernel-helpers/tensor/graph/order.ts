/** Which nodes an expression consists of. */
import type { Node, Value } from "./value.ts";

/** All nodes that the values are made by, each after those that it needs. */
export function nodesBelow(values: readonly Value[], isEnd: (value: Value) => boolean = () => false): Node[] {
  const found = new Set<Node>();
  const waiting = values.filter((value) => !isEnd(value)).map(({ node }) => node);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (!isEnd(input) && !found.has(input.node)) waiting.push(input.node);
  }
  return [...found].sort((a, b) => a.id - b.id);
}
