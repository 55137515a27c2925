/** What an operator lowers into: a GraphBuilder, and the small constants that operators need, each made once. */
import { dtypeCodes, type Device, type DType as OnnxType, type GraphBuilder, type NodeOptions } from "../../onnx/index.ts";
import { encodeNumbers } from "./numbers.ts";
import type { Refusals } from "./refusal.ts";
import type { DType, GraphNode, ValueType } from "./value.ts";

export class Lowering {
  readonly graph: GraphBuilder;
  /** Nodes that fail when a condition does not hold, with the errors that they stand for. */
  readonly refusals: Refusals;
  /** What the graph is for: where a device lacks an operator, its inputs would go to the CPU and its results come back. */
  readonly device: Device;
  readonly #made = new Map<string, string>();

  constructor(graph: GraphBuilder, refusals: Refusals = new Map(), device: Device = "cpu") {
    this.graph = graph;
    this.refusals = refusals;
    this.device = device;
  }

  /** Adds an ONNX node of one output. */
  node(opType: string, inputs: readonly string[], attributes: NodeOptions["attributes"] = {}): string {
    return this.graph.node(opType, inputs, { attributes });
  }

  /** Adds a node of ONNX Runtime's own operators. */
  microsoft(opType: string, inputs: readonly string[], attributes: NodeOptions["attributes"] = {}): string {
    return this.graph.node(opType, inputs, { attributes, domain: "com.microsoft" });
  }

  /** As another element type. */
  cast(x: string, dtype: OnnxType): string {
    return this.node("Cast", [x], { to: dtypeCodes[dtype] });
  }

  /** A list of int64, such as axes or sizes. */
  integers(values: readonly number[]): string {
    return this.constant("int64", values, [values.length]);
  }

  scalar(value: number, dtype: DType): string {
    return this.constant(dtype, [value], []);
  }

  constant(dtype: DType, values: readonly number[], shape: readonly number[]): string {
    const key = `${dtype} ${shape.join(",")} ${values.map((value) => (Object.is(value, -0) ? "-0" : value)).join(",")}`;
    return this.once(key, () => this.graph.constant(`constant_${this.#made.size}`, encodeNumbers(dtype, values), shape, dtype));
  }

  /** What was made under the name before, or is made now: for parts that several nodes share. */
  once(key: string, make: () => string): string {
    const name = this.#made.get(key) ?? make();
    this.#made.set(key, name);
    return name;
  }
}

/**
 * Adds the ONNX nodes of one node and returns the names of its outputs. ONNX Runtime's CPU computes float16 in float32 and leaves out the rounding
 * between two of its operators; so that a result does not depend on what is computed together, those that round do it here, explicitly.
 */
export function lowerNode(graph: Lowering, names: readonly string[], node: GraphNode): readonly string[] {
  const { operator, inputs, outputs } = node;
  const isHalf = ({ dtype }: ValueType): boolean => dtype === "float16";
  if (!operator.rounds || ![...inputs, ...outputs].some(isHalf)) return [operator.lower(graph, names, node)].flat();
  const wide = <T extends ValueType>(value: T): T => (isHalf(value) ? { ...value, dtype: "float32" } : value);
  const from = names.map((name, index) =>
    isHalf(inputs[index]!) ? graph.once(`float32 ${name}`, () => graph.cast(name, "float32")) : name,
  );
  const made = [operator.lower(graph, from, { ...node, inputs: inputs.map(wide), outputs: outputs.map(wide) })].flat();
  return made.map((name, index) => (isHalf(outputs[index]!) ? graph.cast(name, "float16") : name));
}
