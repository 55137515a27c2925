/**
 * Builds an ONNX graph node by node. Values are names; every name is given once, so a graph is in order by construction.
 *
 * @example
 * const graph = new GraphBuilder("double");
 * const x = graph.input("x", "float32", ["n"]);
 * graph.output("y", graph.node("Add", [x, x]), "float32", ["n"]);
 * graph.encode().length // 87
 */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkInteger, checkObject, checkOptions, checkText, isPlainObject, shown } from "../runtime/check.ts";
import { checkArrayOf, checkDType, dtypeCodes, dtypeOf, type DType, type TensorArray } from "./dtypes.ts";
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type ValueInfo,
} from "./model.ts";
import { checkCount } from "./tensor.ts";

/** A number with a point or an integer cannot be told apart in JavaScript: floats are written `{ float: 1 }`. */
export type AttributeValue =
  | number
  | bigint
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }
  | { graph: OnnxGraph };

/** Sizes; a name stands for one that is known only when the graph runs. */
export type Shape = readonly (number | string)[];

export interface NodeOptions {
  attributes?: Record<string, AttributeValue>;
  /** "com.microsoft" for ONNX Runtime's own operators. */
  domain?: string;
  /** How many outputs the node has. @default 1 */
  outputs?: number;
}

const opsetVersion = 21;
const irVersion = 10;

export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #known = new Set<string>([""]); // the empty name stands for an optional input that is left out
  readonly #outputNames = new Map<string, string>();
  readonly #domains = new Set<string>();
  readonly #keptApart: Record<string, Uint8Array> | undefined;

  /** @param options.keptApart Gets the bytes of constants of 64 KiB and more, by their names: the model then names them and does not hold them. */
  constructor(name: string, options: { keptApart?: Record<string, Uint8Array> } = {}) {
    this.#name = checkText("name", name);
    this.#keptApart = options.keptApart;
  }

  input(name: string, dtype: DType, shape: Shape): string {
    const added = this.#add(name);
    this.#inputs.push(valueInfo(added, dtype, shape));
    return added;
  }

  /** A constant, by default of the element type that its array holds. */
  constant(name: string, data: TensorArray, dims: readonly number[] = [data.length], dtype: DType = dtypeOf(data)): string {
    checkArrayOf(`constant "${name}"`, data, dtype);
    checkCount(`constant "${name}"`, data, dims);
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (this.#keptApart && rawData.length >= 2 ** 16) {
      this.#keptApart[name] = rawData;
      return this.externalConstant(name, dtype, dims, { location: name, offset: 0, length: rawData.length });
    }
    const added = this.#add(name);
    this.#initializers.push({ name: added, dims: [...dims], dataType: dtypeCodes[dtype], rawData });
    return added;
  }

  /** A constant whose bytes lie in another file, relative to the folder that the session is told. */
  externalConstant(
    name: string,
    dtype: DType,
    dims: readonly number[],
    place: { location: string; offset: number; length: number },
  ): string {
    checkDType(dtype);
    checkArray("dims", dims, (axis, size) => checkInteger(axis, size, { min: 0 }));
    checkOptions("place", checkObject("place", place), ["location", "offset", "length"]);
    checkText("location", place.location, { allowEmpty: false });
    checkInteger("offset", place.offset, { min: 0 });
    checkInteger("length", place.length, { min: 0 });
    const externalData = Object.entries(place).map(([key, value]) => ({ key, value: String(value) }));
    const added = this.#add(name);
    this.#initializers.push({ name: added, dims: [...dims], dataType: dtypeCodes[dtype], externalData, dataLocation: 1 });
    return added;
  }

  /** Adds a node and returns the name of its output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodes(opType, inputs, options)[0]!;
  }

  /** Adds a node and returns the names of all its outputs. */
  nodes(opType: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    checkOptions("options", options, ["attributes", "domain", "outputs"]);
    const { attributes = {}, domain = "", outputs = 1 } = options;
    checkObject("attributes", attributes);
    checkText("domain", domain);
    checkText("opType", opType, { allowEmpty: false, hint: 'name an operator of ONNX, such as "Add"' });
    checkArray("inputs", inputs, checkText, { hint: "pass the names of values, as node() and input() return them" });
    checkInteger("outputs", outputs, { min: 1 });
    for (const name of inputs) {
      if (!this.#known.has(name)) throw missing(opType, name);
    }
    const name = `${opType}_${this.#nodes.length}`;
    const results = Array.from({ length: outputs }, (_, index) => this.#add(outputs === 1 ? name : `${name}_${index}`));
    if (domain) this.#domains.add(domain);
    const listed = Object.entries(attributes).map(([key, value]) => attribute(key, value));
    this.#nodes.push({ opType, name, inputs: [...inputs], outputs: results, attributes: listed, domain });
    return results;
  }

  /** Names a value as an output of the graph. */
  output(name: string, value: string, dtype: DType, shape: Shape): void {
    if (!this.#known.has(value)) throw missing("an output", value);
    const added = this.#add(name);
    this.#outputs.push(valueInfo(added, dtype, shape));
    // The node that makes the value writes to the output itself; a constant, an input and what is an output already have to be copied.
    const isMade = this.#nodes.some(({ outputs }) => outputs!.includes(value));
    if (isMade && !this.#outputNames.has(value)) this.#outputNames.set(value, added);
    else this.#nodes.push({ opType: "Identity", inputs: [value], outputs: [added] });
  }

  model(): OnnxModel {
    const opsets = [{ domain: "", version: opsetVersion }, ...[...this.#domains].map((domain) => ({ domain, version: 1 }))];
    return { irVersion, producerName: "cairn", graph: this.#graph(), opsets };
  }

  encode(): Uint8Array {
    return encodeModel(this.model());
  }

  #graph(): OnnxGraph {
    const rename = (value: string): string => this.#outputNames.get(value) ?? value;
    const nodes = this.#nodes.map((node) => ({ ...node, inputs: node.inputs!.map(rename), outputs: node.outputs!.map(rename) }));
    return { name: this.#name, nodes, initializers: this.#initializers, inputs: this.#inputs, outputs: this.#outputs };
  }

  #add(name: string): string {
    if (this.#known.has(checkText("name", name))) {
      throw new ArgumentError(`the graph has a value "${name}" already`, { hint: "give every value a name of its own" });
    }
    this.#known.add(name);
    return name;
  }
}

const missing = (taker: string, name: unknown): ArgumentError =>
  new ArgumentError(`${taker} takes ${shown(name)}, which the graph does not have yet`, {
    hint: "make the value before the node that uses it",
    facts: { argument: taker, value: name },
  });

function attribute(name: string, value: AttributeValue): OnnxAttribute {
  if (typeof value === "string") return { name, string: new TextEncoder().encode(value), type: 3 };
  if (typeof value === "number" || typeof value === "bigint")
    return { name, int: typeof value === "bigint" ? value : whole(name, value), type: 2 };
  if (isList(value)) return { name, ints: Array.from(value, (item) => whole(name, item)), type: 7 };
  const { float, floats, graph } = isPlainObject(value) ? (value as { float?: unknown; floats?: unknown; graph?: OnnxGraph }) : {};
  if (typeof float === "number") return { name, float, type: 1 };
  if (Array.isArray(floats)) return { name, floats: floats as number[], type: 6 };
  if (isPlainObject(graph)) return { name, graph, type: 5 };
  throw argumentError(`attribute ${name}`, "an integer, a string, a list of integers, { float }, { floats } or { graph }", value);
}

const isList = (value: unknown): value is readonly number[] => Array.isArray(value);

function whole(name: string, value: number): number {
  if (Number.isInteger(value)) return value;
  throw argumentError(`attribute ${name}`, "an integer", value, { hint: "write a float as { float: value }" });
}

function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfo {
  const size = (of: string, given: unknown): unknown => (typeof given === "string" ? given : checkInteger(of, given, { min: 0 }));
  checkArray("shape", shape, size, { hint: 'pass the sizes as an array, such as ["batch", 3]' });
  const dims = shape.map((given) => (typeof given === "string" ? { name: given } : { value: given }));
  return { name, type: { tensor: { elementType: dtypeCodes[checkDType(dtype)], shape: { dims } } } };
}
