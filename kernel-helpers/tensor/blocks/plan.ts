/**
 * Which values of a graph to have in blocks of channels: what large products give, and what is made of it number by number up to the next product.
 * A value that somebody needs plain as well is not followed further, for it has to be put back anyway.
 */
import { sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";

/** What a node can do with matrices in blocks: multiply them, work number by number, see other axes before the last, add up, or cut along the last. */
export type Kind = "product" | "elementwise" | "regrouping" | "sum" | "split" | "other";

/** Multiplications for each number that is moved: with fewer, putting the operands into blocks takes as long as it saves (measured). */
const worthIt = 200;

export function kindOf(node: Node, b: number): Kind {
  const { operator, inputs, outputs, attributes } = node;
  const [x, out] = [inputs[0]!, outputs[0]!];
  const isMatrix = out?.shape.length >= 2 && out.shape.at(-1)! % b === 0;
  if (operator.name === "matmul") return isLargeProduct(node, b) ? "product" : "other";
  if (operator.isElementwise) return isMatrix && inputs.every((input) => fits(input, out.shape)) ? "elementwise" : "other";
  if (operator.name === "reshape") return isMatrix && x.shape.at(-1) === out.shape.at(-1) ? "regrouping" : "other";
  if (operator.name === "sum") {
    const axes = attributes.axes as Shape;
    return axes.length === x.shape.length - 1 && !axes.includes(axes.length) ? "sum" : "other";
  }
  const isCut =
    operator.name === "split" && attributes.axis === x.shape.length - 1 && (attributes.sizes as Shape).every((size) => size % b === 0);
  return isCut ? "split" : "other";
}

function isLargeProduct({ inputs: [one, other], outputs: [out] }: Node, b: number): boolean {
  if (one!.shape.length !== 2 || other!.shape.length !== 2 || out!.dtype !== "float32") return false;
  const [M, N] = out!.shape as [number, number];
  const K = sizeOf(one!.shape) / M;
  return K % b === 0 && N % b === 0 && M * N * K >= worthIt * (M * K + K * N + M * N);
}

/** As large as the result, one number, or a vector along the last axis. */
const fits = ({ shape }: Value, out: Shape): boolean =>
  sameShape(shape, out) || sizeOf(shape) === 1 || (sizeOf(shape) === out.at(-1) && shape.at(-1) === out.at(-1));

export interface Plan {
  readonly kinds: ReadonlyMap<Node, Kind>;
  /** What to have in blocks. */
  readonly blocked: ReadonlySet<Value>;
  /** How many read each value. */
  readonly readers: ReadonlyMap<Value, readonly Node[]>;
}

export function planBlocks(nodes: readonly Node[], outputs: readonly Value[], b: number): Plan {
  const kinds = new Map(nodes.map((node) => [node, kindOf(node, b)]));
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  const readersOf = (value: Value): readonly Node[] => readers.get(value) ?? [];
  const results = new Set(outputs);

  const blocked = new Set<Value>();
  const wholes = ({ inputs, outputs: [out] }: Node, kind: Kind): readonly Value[] =>
    kind === "elementwise" ? inputs.filter(({ shape }) => sameShape(shape, out!.shape)) : inputs;
  for (const node of nodes) {
    const kind = kinds.get(node)!;
    const follows = ["elementwise", "regrouping", "split"].includes(kind) && wholes(node, kind).every((input) => blocked.has(input));
    if (kind === "product" || (follows && wholes(node, kind).length > 0)) node.outputs.forEach((output) => blocked.add(output));
  }

  const staysIn = (reader: Node): boolean => ["product", "sum"].includes(kinds.get(reader)!) || blocked.has(reader.outputs[0]!);
  const isNeededPlain = (value: Value): boolean => results.has(value) || !readersOf(value).every(staysIn);
  for (let changed = true; changed;) {
    changed = false;
    const leadsToProduct = new Set<Value>(); // of those in blocks
    for (const node of nodes.toReversed()) {
      const leads = (output: Value): boolean =>
        readersOf(output).some((reader) => kinds.get(reader) === "product" || leadsToProduct.has(reader.outputs[0]!));
      for (const output of node.outputs) if (blocked.has(output) && leads(output)) leadsToProduct.add(output);
    }
    for (const node of nodes) {
      const kind = kinds.get(node)!;
      if (kind === "product" || !blocked.has(node.outputs[0]!)) continue;
      const inputs = wholes(node, kind);
      const isAlone = inputs.every((input) => readersOf(input).length === 1);
      const keeps =
        inputs.every((input) => blocked.has(input) && !isNeededPlain(input)) &&
        (isAlone || node.outputs.some((output) => leadsToProduct.has(output)));
      if (keeps) continue;
      node.outputs.forEach((output) => blocked.delete(output));
      changed = true;
    }
  }
  return { kinds, blocked, readers };
}
