/**
 * Which values of a graph to have in blocks of channels: what large products give, and what elementwise operators make of it up to the next
 * product. A value that is needed plain as well is not followed further: it has to be put back anyway.
 */
import { sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import type { GraphNode, Value } from "../graph/value.ts";
import { sumOperator } from "../operators/broadcast.ts";
import { reshapeOperator } from "../operators/layout.ts";
import { matmulOperator } from "../operators/matmul.ts";
import { splitOperator } from "../operators/slice.ts";

/** What a node can do with matrices in blocks: multiply them, work elementwise, see other axes before the last, add up, or cut along the last. */
export type Kind = "product" | "elementwise" | "regrouping" | "sum" | "split" | "other";

function kindOf(node: GraphNode, b: number, least: number): Kind {
  const { operator, inputs, outputs, attributes } = node;
  const [x, out] = [inputs[0]!, outputs[0]!];
  const isMatrix = out.shape.length >= 2 && out.shape.at(-1)! % b === 0;
  if (operator === matmulOperator) return isLargeProduct(node, b, least) ? "product" : "other";
  if (operator.elementwise) return isMatrix && inputs.every((input) => fits(input, out.shape)) ? "elementwise" : "other";
  if (operator === reshapeOperator) return isMatrix && x.shape.at(-1) === out.shape.at(-1) ? "regrouping" : "other";
  if (operator === sumOperator) {
    const axes = attributes.axes as Shape;
    return axes.length === x.shape.length - 1 && !axes.includes(axes.length) ? "sum" : "other";
  }
  const isCut =
    operator === splitOperator && attributes.axis === x.shape.length - 1 && (attributes.sizes as Shape).every((size) => size % b === 0);
  return isCut ? "split" : "other";
}

function isLargeProduct({ inputs: [one, other], outputs: [out] }: GraphNode, b: number, least: number): boolean {
  if (one!.shape.length !== 2 || other!.shape.length !== 2 || out!.dtype !== "float32") return false;
  const [M, N] = out!.shape as [number, number];
  const K = sizeOf(one!.shape) / M;
  return K % b === 0 && N % b === 0 && M * N * K >= least * (M * K + K * N + M * N);
}

/** As large as the result, one number, or a vector along the last axis. */
const fits = ({ shape }: Value, out: Shape): boolean =>
  sameShape(shape, out) || sizeOf(shape) === 1 || (sizeOf(shape) === out.at(-1) && shape.at(-1) === out.at(-1));

export interface Plan {
  readonly kinds: ReadonlyMap<GraphNode, Kind>;
  /** What to have in blocks. */
  readonly blocked: ReadonlySet<Value>;
  /** Who reads each value. */
  readonly readers: ReadonlyMap<Value, readonly GraphNode[]>;
}

/** The operands that are as large as the result, which have to be in blocks themselves. */
const wholesOf = ({ inputs, outputs: [out] }: GraphNode, kind: Kind): readonly Value[] =>
  kind === "elementwise" ? inputs.filter(({ shape }) => sameShape(shape, out!.shape)) : inputs;

/** Products count that have `least` multiplications for each number of their operands and their result. */
export function planBlocks(nodes: readonly GraphNode[], outputs: readonly Value[], b: number, least: number): Plan {
  const kinds = new Map(nodes.map((node) => [node, kindOf(node, b, least)]));
  const readers = new Map<Value, GraphNode[]>();
  for (const node of nodes) for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);

  const blocked = new Set<Value>(); // at first all that can be
  for (const node of nodes) {
    const kind = kinds.get(node)!;
    const wholes = wholesOf(node, kind);
    const follows =
      ["elementwise", "regrouping", "split"].includes(kind) && wholes.length > 0 && wholes.every((input) => blocked.has(input));
    if (kind === "product" || follows) node.outputs.forEach((output) => blocked.add(output));
  }
  const plan = { kinds, blocked, readers };
  const results = new Set(outputs);
  while (leaveOut(nodes, plan, results, blocked));
  return plan;
}

/** Takes out what is not worth it, as long as the rest is as it is; false when there is nothing to take out. */
function leaveOut(nodes: readonly GraphNode[], plan: Plan, results: ReadonlySet<Value>, blocked: Set<Value>): boolean {
  const readersOf = (value: Value): readonly GraphNode[] => plan.readers.get(value) ?? [];
  const staysIn = (reader: GraphNode): boolean => ["product", "sum"].includes(plan.kinds.get(reader)!) || blocked.has(reader.outputs[0]!);
  const isNeededPlain = (value: Value): boolean => results.has(value) || !readersOf(value).every(staysIn);
  const leading = leadingToProducts(nodes, plan);
  const before = blocked.size;
  for (const node of nodes) {
    const kind = plan.kinds.get(node)!;
    if (kind === "product" || !blocked.has(node.outputs[0]!)) continue;
    const wholes = wholesOf(node, kind);
    const isPossible = node.outputs.every((output) => output.dtype === "float32" || !isNeededPlain(output)); // only float32 can be put back
    const isFree = wholes.every((input) => blocked.has(input) && !isNeededPlain(input));
    const pays = node.outputs.some((output) => leading.has(output)) || wholes.every((input) => readersOf(input).length === 1);
    if (!(isPossible && isFree && pays)) node.outputs.forEach((output) => blocked.delete(output));
  }
  return blocked.size < before;
}

/** What of the blocked values is multiplied in the end, by itself or as part of others. */
function leadingToProducts(nodes: readonly GraphNode[], { kinds, blocked, readers }: Plan): ReadonlySet<Value> {
  const leading = new Set<Value>();
  for (const node of nodes.toReversed()) {
    for (const output of node.outputs) {
      const leads = (reader: GraphNode): boolean => kinds.get(reader) === "product" || leading.has(reader.outputs[0]!);
      if (blocked.has(output) && readers.get(output)?.some(leads)) leading.add(output);
    }
  }
  return leading;
}
