/**
 * Matrices in blocks of channels, and their product as a convolution of 1 × 1: the same multiplications, by the kernel that MLAS has tuned most.
 * A matrix (P, Q) is there by columns, (Q/b, P, b), or by rows, (P/b, Q, b). Only compiled graphs of the CPU have these, after all gradients.
 */
import { blockedDomain } from "../../onnx/index.ts";
import type { Lowering } from "../graph/lowering.ts";
import { sizeOf } from "../graph/shape.ts";
import { apply, type GraphNode, type Operator, type Value } from "../graph/value.ts";

export type Form = "columns" | "rows";

const nchwc = (graph: Lowering, opType: string, inputs: readonly string[], attributes: Record<string, number> = {}): string =>
  graph.graph.node(opType, inputs, { attributes, domain: blockedDomain });

const reshaped = (graph: Lowering, x: string, shape: readonly number[]): string => graph.node("Reshape", [x, graph.integers(shape)]);

const blockOperator: Operator = {
  name: "block",
  memory: "own",
  elementwise: false,
  lower: (graph, [x], { inputs: [{ shape }], attributes: { form }, outputs: [out] }) => {
    const [P, Q] = matrixOf(shape);
    const cube = reshaped(graph, x!, form === "columns" ? [1, 1, P, Q] : [1, P, 1, Q]);
    return reshaped(graph, nchwc(graph, "ReorderInput", [cube], { channels_last: form === "columns" ? 1 : 0 }), out!.shape);
  },
};

const unblockOperator: Operator = {
  name: "unblock",
  memory: "own",
  elementwise: false,
  lower: (graph, [x], { inputs: [{ shape }], attributes: { form }, outputs: [out] }) => {
    const [blocks, rows, b] = shape as [number, number, number];
    const channels = blocks * b;
    const image = reshaped(graph, x!, [1, channels, 1, rows]);
    return reshaped(graph, nchwc(graph, "ReorderOutput", [image], { channels, channels_last: form === "columns" ? 1 : 0 }), out!.shape);
  },
};

const productOperator: Operator = {
  name: "blockedProduct",
  memory: "own",
  elementwise: false,
  lower: (graph, [x, filter, ...bias], { inputs, outputs: [out] }) => {
    const [{ shape: of }, { shape: by }] = inputs as [Value, Value];
    const image = reshaped(graph, x!, [1, of[0]! * of[2]!, 1, of[1]!]);
    const weights = reshaped(graph, filter!, [by[0]! * by[2]!, by[1]!, 1, 1]);
    return reshaped(graph, nchwc(graph, "Conv", [image, weights, ...bias]), out!.shape);
  },
};

/** The last axis, and all others as one. */
export const matrixOf = (shape: readonly number[]): [P: number, Q: number] => [sizeOf(shape.slice(0, -1)), shape.at(-1)!];

export function block(x: Value, form: Form, b: number): Value {
  const [P, Q] = matrixOf(x.shape);
  const shape = form === "columns" ? [Q / b, P, b] : [P / b, Q, b];
  return apply(blockOperator, [x], { shape, dtype: x.dtype }, { form });
}

export const unblock = (x: Value, form: Form, shape: readonly number[]): Value =>
  apply(unblockOperator, [x], { shape, dtype: x.dtype }, { form });

/** A·B with A (M, K) by columns and B (K, N) by columns, and perhaps N numbers to add to each row: (N/b, M, b), by columns. */
export function blockedProduct(a: Value, b: Value, bias?: Value): Value {
  const shape = [b.shape[0]!, a.shape[1]!, b.shape[2]!];
  return apply(productOperator, bias ? [a, b, bias] : [a, b], { shape, dtype: a.dtype });
}

/** The product with numbers added to each row, if the value is a product that has none yet. */
export function withBias({ node: { operator, inputs } }: Value, bias: Value): Value | undefined {
  return operator === productOperator && inputs.length === 2 ? blockedProduct(inputs[0]!, inputs[1]!, bias) : undefined;
}

/** How many numbers the node puts into blocks or back. */
export const moves = ({ operator, outputs: [out] }: GraphNode): number =>
  operator === blockOperator || operator === unblockOperator ? sizeOf(out!.shape) : 0;

/** How many multiplications the node does in blocks. */
export const multiplications = ({ operator, inputs: [a], outputs: [out] }: GraphNode): number =>
  operator === productOperator ? (sizeOf(out!.shape) * sizeOf(a!.shape)) / a!.shape[1]! : 0;
