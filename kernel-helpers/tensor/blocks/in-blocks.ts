/**
 * The graph with large matrices in blocks of channels, where their products take a fifth less time. What comes out stays in blocks up to the next
 * product where it can, so that in between nothing is rearranged.
 */
import { isGiven, nodesBelow } from "../graph/order.ts";
import { sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { applyAll, type GraphNode, type Value } from "../graph/value.ts";
import { sum } from "../operators/broadcast.ts";
import { reshape, reshapeOperator } from "../operators/layout.ts";
import { split } from "../operators/slice.ts";
import { Matrices } from "./matrices.ts";
import { blockedProduct, matrixOf, moves, multiplications, withBias, type Form } from "./operators.ts";
import { planBlocks, type Plan } from "./plan.ts";

/** Multiplications for each number that is put into blocks or back: with fewer in the whole graph, moving takes longer than it saves (measured). */
const worthIt = 340;

/** The same for a product alone: which products to try to have in blocks, from nearly all to the largest only. */
const attempts = [100, 200, 400];

/** The same values, computed in blocks of b where that is faster. */
export function inBlocks(outputs: readonly Value[], b: number, enough: number = worthIt): Value[] {
  const nodes = nodesBelow(outputs, isGiven);
  for (const least of attempts) {
    const arranged = arrange(nodes, outputs, b, least);
    if (multiplicationsAMove(arranged) >= enough) return arranged;
  }
  return [...outputs];
}

function multiplicationsAMove(outputs: readonly Value[]): number {
  const nodes = nodesBelow(outputs, isGiven);
  const total = (numberOf: (node: GraphNode) => number): number => nodes.reduce((before, node) => before + numberOf(node), 0);
  return total(multiplications) / total(moves);
}

function arrange(nodes: readonly GraphNode[], outputs: readonly Value[], b: number, least: number): Value[] {
  const plan = planBlocks(nodes, outputs, b, least);
  const matrices = new Matrices(b);
  for (const node of nodes) {
    const kind = plan.kinds.get(node)!;
    if (kind === "product") multiply(node, matrices, plan);
    else if (kind === "sum" && plan.blocked.has(node.inputs[0]!)) addUp(node, matrices);
    else if (!plan.blocked.has(node.outputs[0]!)) copy(node, matrices);
    else if (kind === "elementwise") elementwise(node, matrices, plan);
    else if (kind === "split") cut(node, matrices);
    else matrices.set(node.outputs[0]!, "columns", matrices.blocked(node.inputs[0]!, "columns")); // other axes before the last one: the same blocks
  }
  return outputs.map((output) => matrices.plain(output));
}

/** The node, of plain inputs. */
function copy({ operator, inputs, outputs, attributes }: GraphNode, matrices: Matrices): void {
  const plain = inputs.map((input) => matrices.plain(input));
  const isSame = plain.every((input, index) => input === inputs[index]);
  const made = isSame ? outputs : applyAll(operator, plain, outputs, attributes);
  outputs.forEach((output, index) => matrices.set(output, "plain", made[index]!));
}

/** A large product: by columns, or transposed and so by rows, whichever moves fewer numbers. */
function multiply({ inputs, outputs: [out], attributes }: GraphNode, matrices: Matrices, plan: Plan): void {
  const [one, other] = inputs as [Value, Value];
  const form = (isTransposed: unknown): Form => (isTransposed ? "rows" : "columns");
  const { transposeA, transposeB } = attributes;
  const byColumns = { a: form(transposeA), b: form(transposeB) };
  const byRows = { a: form(!transposeA), b: form(!transposeB) };
  const costOf = ({ a, b }: typeof byColumns): number => matrices.cost(one, a) + matrices.cost(other, b);
  // What comes out by rows can only be put back.
  const detour = (plan.readers.get(out!) ?? []).some((reader) => goesOn(reader, plan)) ? sizeOf(out!.shape) : 0;
  if (out!.shape[0]! % matrices.b !== 0 || costOf(byColumns) <= costOf(byRows) + detour) {
    matrices.set(out!, "columns", blockedProduct(matrices.blocked(one, byColumns.a), matrices.blocked(other, byColumns.b)));
  } else {
    matrices.set(out!, "rows", blockedProduct(matrices.blocked(other, byRows.b), matrices.blocked(one, byRows.a))); // (A·B)ᵀ = Bᵀ·Aᵀ
  }
}

/** Whether the node takes its inputs in blocks by columns. */
const goesOn = (node: GraphNode, { kinds, blocked }: Plan): boolean =>
  ["product", "sum"].includes(kinds.get(node)!) || node.outputs.some((output) => blocked.has(output));

function elementwise(node: GraphNode, matrices: Matrices, plan: Plan): void {
  const { operator, inputs, attributes } = node;
  const out = node.outputs[0]!;
  const [P, Q] = matrixOf(out.shape);
  const { b } = matrices;
  const blocks = inputs.map((input) => {
    if (sameShape(input.shape, out.shape)) return matrices.blocked(input, "columns");
    return reshape(matrices.plain(input), sizeOf(input.shape) === 1 ? [] : [Q / b, 1, b]);
  });
  const biased = operator.name === "add" ? productWithBias(inputs, blocks, plan) : undefined;
  matrices.set(out, "columns", biased ?? applyAll(operator, blocks, [{ shape: [Q / b, P, b], dtype: out.dtype }], attributes)[0]!);
}

/** The sum of a vector and a product that nothing else reads: the product can add it as it is computed. */
function productWithBias(inputs: readonly Value[], blocks: readonly Value[], plan: Plan): Value | undefined {
  const index = blocks.findIndex(({ shape }) => shape.length === 3 && shape[1] !== 1);
  const bias = blocks[1 - index]!;
  if (bias.shape[1] !== 1 || !isReadOnce(inputs[index]!, plan)) return undefined;
  return withBias(blocks[index]!, reshape(bias, [sizeOf(bias.shape)]));
}

/** Whether only one node reads the value, and only one what it is another view of. */
function isReadOnce(value: Value, plan: Plan): boolean {
  const { operator, inputs } = value.node;
  return plan.readers.get(value)!.length === 1 && (operator !== reshapeOperator || isReadOnce(inputs[0]!, plan));
}

/** Sums over all axes but the last, such as a bias's gradient. */
function addUp({ inputs, outputs }: GraphNode, matrices: Matrices): void {
  const out = outputs[0]!;
  matrices.set(out, "plain", reshape(sum(matrices.blocked(inputs[0]!, "columns"), 1), out.shape));
}

/** Parts along the last axis. */
function cut({ inputs, outputs, attributes }: GraphNode, matrices: Matrices): void {
  const sizes = (attributes.sizes as Shape).map((size) => size / matrices.b);
  split(matrices.blocked(inputs[0]!, "columns"), sizes, 0).forEach((part, index) => matrices.set(outputs[index]!, "columns", part));
}
