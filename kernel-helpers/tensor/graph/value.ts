/**
 * The expression graph beneath tensors: values, the nodes that make them, and the operators that nodes apply. Nothing is computed here;
 * a node only knows what its outputs will be. Nodes are immutable, and their ids grow, so ascending ids are a topological order.
 */
import { allocate, type TensorArray } from "../../onnx/index.ts";
import { userLine } from "./user-line.ts";
import { DTypeError, ShapeError, type HelperErrorOptions } from "../../errors.ts";
import type { Lowering } from "./lowering.ts";
import { formatShapes, sizeOf, type Shape } from "./shape.ts";

export const dtypes = ["float32", "float64", "float16", "int64", "bool"] as const;

/** The element types of tensors. */
export type DType = (typeof dtypes)[number];

/** What is known of a value before it is computed. */
export interface ValueType {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface Value extends ValueType {
  readonly node: GraphNode;
  /** Which of its node's outputs it is. */
  readonly index: number;
  /** Its numbers, once they are known: evaluation stops here. */
  buffer?: TensorBuffer;
}

/** Numbers in memory. `writes` grows when a compiled step overwrites them in place, so that older expressions notice. */
export interface TensorBuffer {
  data: TensorArray;
  writes: number;
  /** Memory of the same size for the next numbers, where a compiled step cannot write over the old ones. */
  spare?: TensorArray;
}

export type Attribute = number | string | boolean | readonly number[] | readonly string[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** One operator: how it lowers to ONNX and how a gradient flows back through it, side by side. */
export interface Operator {
  readonly name: string;
  /**
   * Where the result lies. "view": perhaps in the memory of an operand, or not at all, because ONNX Runtime has the readers of the result read the
   * operand instead. "own": in memory of its own. "inPlace": in memory of its own, which may be that of an operand of the same shape, for each
   * number there is read before the one in its place is written.
   */
  readonly memory: "view" | "own" | "inPlace";
  /** Whether each number of the result is made of those at the same index, with broadcasting: then all operands may be rearranged alike. */
  readonly elementwise: boolean;
  /**
   * Whether results are rounded, not only moved or compared: then float16 is computed in float32 and rounded once, when the result is there. `lower`
   * never sees float16.
   */
  readonly rounds?: boolean;
  /** Whether it is left out of drawings: the result is the first operand, under another name or checked. */
  readonly isUnseen?: boolean;
  /** Adds the ONNX nodes and returns the names of the outputs. */
  lower(graph: Lowering, inputs: readonly string[], node: GraphNode): string | readonly string[];
  /** Gradients with respect to the inputs, given those with respect to the outputs that have one; undefined where none flows. */
  gradient?(node: GraphNode, gradients: readonly (Value | undefined)[]): readonly (Value | undefined)[];
}

export interface GraphNode {
  readonly id: number;
  readonly operator: Operator;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

let lastId = 0;

/** The id that the next node will have: nodes made from now on have at least this one. */
export function nextNodeId(): number {
  return lastId + 1;
}

/** Makes a node and returns its outputs. What has no elements is known from the start: nothing computes it, and no graph contains it. */
export function applyAll(
  operator: Operator,
  inputs: readonly Value[],
  types: readonly ValueType[],
  attributes: Attributes = {},
): readonly Value[] {
  const outputs: Value[] = [];
  const node: GraphNode = { id: ++lastId, operator, inputs, attributes, outputs };
  types.forEach(({ shape, dtype }, index) => {
    const output: Value = { node, index, shape, dtype };
    if (sizeOf(shape) === 0) output.buffer = { data: allocate(dtype, 0), writes: 0 };
    outputs.push(output);
  });
  return outputs;
}

/** Makes a node of one output. */
export function apply(operator: Operator, inputs: readonly Value[], type: ValueType, attributes: Attributes = {}): Value {
  return applyAll(operator, inputs, [type], attributes)[0]!;
}

/** A value that no node computes: given numbers, a parameter, an argument of a compiled function. Only evaluation and compilation feed it. */
export const source: Operator = {
  name: "source",
  memory: "own",
  elementwise: false,
  lower() {
    throw new Error("a source is fed, not lowered");
  },
};

export function makeSource(type: ValueType, buffer?: TensorBuffer): Value {
  const value = apply(source, [], type);
  if (buffer) value.buffer = buffer;
  return value;
}

/** Passes on shapes that do not fit, with the operation and the line of the caller's code. */
export function shapeError(operation: string, problem: string, values: readonly ValueType[], options: HelperErrorOptions): ShapeError {
  return new ShapeError(`${operation}: ${problem}: ${formatShapes(values.map(({ shape }) => shape))}${userLine()}`, options);
}

export function dtypeError(operation: string, problem: string, options: HelperErrorOptions): DTypeError {
  return new DTypeError(`${operation}: ${problem}${userLine()}`, options);
}

export const isFloat = (dtype: DType): boolean => dtype.startsWith("float");

/** Refuses whole numbers and bools. */
export function checkFloat(operation: string, { dtype }: ValueType): void {
  if (!isFloat(dtype)) throw dtypeError(operation, `it is not defined for ${dtype}`, { hint: 'convert with .to("float32")' });
}
