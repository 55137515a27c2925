/**
 * The graph with its long chains of elementwise operations computed tile by tile: each tile goes through the whole chain while it is in the
 * processor's cache, where every operation alone would bring all of its operands from memory and send its result back.
 */
import { isGiven, nodesBelow } from "../graph/order.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";
import { applyAll, makeSource, type Node, type Value } from "../graph/value.ts";
import { groupNodes, hasFirstAxis, type Group } from "./groups.ts";
import { loop } from "./loop.ts";

/** How many numbers make a good tile for each thread (measured): then a handful of tiles lies in its core's cache. */
export const tileOfThread = 65_536;

/** The same values, with tiles of about so many numbers. */
export function inTiles(outputs: readonly Value[], tile: number): Value[] {
  const nodes = nodesBelow(outputs, isGiven);
  const groups = groupNodes(nodes, outputs, 2 * tile);
  if (groups.size === 0) return [...outputs];

  const made = new Map<Value, Value>();
  const begun = new Set<Node | Group>();
  const now = (value: Value): Value => {
    if (isGiven(value)) return value;
    if (!made.has(value)) make(value.node);
    return made.get(value)!;
  };
  const readOutside = new Set([
    ...outputs,
    ...nodes.flatMap((node) => node.inputs.filter((input) => groups.get(input.node) !== groups.get(node))),
  ]);
  const make = (node: Node): void => {
    const group = groups.get(node);
    if (begun.has(group ?? node)) return;
    begun.add(group ?? node);
    const before = group ? [...group.nodes].sort((a, b) => a.id - b.id) : [node];
    const results = before.flatMap((member) => member.outputs).filter((output) => !group || readOutside.has(output));
    const after = group ? tiled(before, results, tile, now) : applyAll(node.operator, node.inputs.map(now), node.outputs, node.attributes);
    results.forEach((result, index) => made.set(result, after[index]!));
  };
  nodes.forEach(make);
  return outputs.map(now);
}

/** The results of a group's nodes, by a loop over tiles. `now` gives what stands for the values that the group reads. */
function tiled(nodes: readonly Node[], results: readonly Value[], tile: number, now: (value: Value) => Value): readonly Value[] {
  const inside = new Set(nodes.flatMap((node) => node.outputs));
  const read = [...new Set(nodes.flatMap((node) => node.inputs).filter((input) => !inside.has(input)))];
  const [out] = results as [Value];
  const length = tileLength(out.shape[0]!, Math.max(...nodes.map((node) => sizeOf(node.outputs[0]!.shape))) / tile);
  const cut = ({ shape, dtype }: Value): { shape: Shape; dtype: Value["dtype"] } => ({ shape: shape.with(0, length), dtype });

  const parts = new Map<Value, Value>(); // of one tile
  for (const input of read) parts.set(input, hasFirstAxis(input, out) ? makeSource(cut(input)) : input.buffer ? input : makeSource(input));
  for (const { operator, inputs, outputs, attributes } of nodes) {
    const made = applyAll(
      operator,
      inputs.map((input) => parts.get(input)!),
      outputs.map(cut),
      attributes,
    );
    outputs.forEach((output, index) => parts.set(output, made[index]!));
  }
  return loop(
    read.map((input) => [now(input), parts.get(input)!]),
    results.map((result) => [result, parts.get(result)!]),
  );
}

/** A divisor of the axis that makes at least so many tiles, or the fewest above. */
function tileLength(axis: number, tiles: number): number {
  let count = Math.min(axis, Math.max(1, Math.round(tiles)));
  while (axis % count !== 0) count++;
  return axis / count;
}
