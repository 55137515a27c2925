/** What an operator lowers into: a GraphBuilder, and the small constants that operators need, each made once. */
import type { GraphBuilder, NodeOptions } from "../../onnx/index.ts";
import { encodeNumbers } from "./numbers.ts";
import type { Refusals } from "./refusal.ts";
import type { DType } from "./value.ts";

export class Lowering {
  readonly graph: GraphBuilder;
  /** Nodes that fail when a condition does not hold, with the errors that they stand for. */
  readonly refusals: Refusals;
  readonly #made = new Map<string, string>();

  constructor(graph: GraphBuilder, refusals: Refusals = new Map()) {
    this.graph = graph;
    this.refusals = refusals;
  }

  /** Adds an ONNX node of one output. */
  node(opType: string, inputs: readonly string[], attributes: NodeOptions["attributes"] = {}): string {
    return this.graph.node(opType, inputs, { attributes });
  }

  /** Adds a node of ONNX Runtime's own operators. */
  microsoft(opType: string, inputs: readonly string[], attributes: NodeOptions["attributes"] = {}): string {
    return this.graph.node(opType, inputs, { attributes, domain: "com.microsoft" });
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
