/**
 * From an expression to one ONNX graph. Nodes that do the same to the same inputs become one (common subexpressions), what does not lead to a
 * result is left out, and numbers that are known already are fed or, where they are small, written into the graph.
 */
import { GraphBuilder } from "../../onnx/index.ts";
import { isConstant } from "./constants.ts";
import { Lowering, lowerNode } from "./lowering.ts";
import { isGiven, nodesBelow } from "./order.ts";
import { sizeOf } from "./shape.ts";
import { refusalIn, type Refusals } from "./refusal.ts";
import type { Node, Value } from "./value.ts";

export interface ProgramOptions {
  /**
   * Known numbers of at most this many elements become constants of the graph, which ONNX Runtime can fold; more are fed, so that they lie in memory
   * once.
   * @default 65536
   */
  constantsUpTo?: number;
}

export interface Program {
  /** The same for expressions of the same structure, whatever numbers are fed. */
  readonly key: string;
  /** What has to be fed, as `input_0`, `input_1` and so on. */
  readonly inputs: readonly Value[];
  /** The results are called `output_0`, `output_1` and so on. */
  readonly outputs: readonly Value[];
  /**
   * Adds all of it to a graph, by default a new one.
   *
   * @param outside What inputs are called that need not be fed, because the graph knows them.
   */
  build(graph?: GraphBuilder, outside?: ReadonlyMap<Value, string>): GraphBuilder;
  /** The error that a condition of the graph stands for, if that is what ONNX Runtime's error is about. */
  refusal(error: unknown): Error | undefined;
}

/** What stands for a value in the program: the place of the first one like it. */
interface Place {
  readonly id: string;
  readonly value: Value;
}

export function makeProgram(outputs: readonly Value[], { constantsUpTo = 65_536 }: ProgramOptions = {}): Program {
  const places = new Map<Value, Place>();
  const byKey = new Map<string, readonly Place[]>();
  const inputs: Value[] = [];
  const steps: Node[] = [];
  const lines: string[] = [];

  const ends = new Map<unknown, Place>();
  const placeOf = (value: Value): Place => {
    const known = places.get(value);
    if (known) return known;
    const place = (isGiven(value) && ends.get(value.buffer ?? value)) || addEnd(value);
    places.set(value, place);
    return place;
  };
  const addEnd = (value: Value): Place => {
    const constant = isConstant(value) && sizeOf(value.shape) <= constantsUpTo;
    const id = constant ? `c${value.dtype}(${value.shape.join()})[${String(value.buffer!.data)}]` : `i${inputs.length}`;
    if (!constant) {
      inputs.push(value);
      lines.push(`${id}:${value.dtype}(${value.shape.join()})`);
    }
    const place = { id, value };
    ends.set(value.buffer ?? value, place);
    return place;
  };

  for (const node of nodesBelow(outputs, isGiven)) {
    const from = node.inputs.map((input) => placeOf(input).id);
    const shapes = node.outputs.map(({ shape, dtype }) => `${dtype}(${shape.join()})`);
    const key = `${node.operator.name} ${JSON.stringify(node.attributes)} ${from.join()} ${shapes.join()}`;
    let made = byKey.get(key);
    if (!made) {
      made = node.outputs.map((value, index) => ({ id: `n${steps.length}.${index}`, value }));
      byKey.set(key, made);
      steps.push(node);
      lines.push(key);
    }
    node.outputs.forEach((value, index) => isGiven(value) || places.set(value, made[index]!));
  }
  lines.push(outputs.map((value) => placeOf(value).id).join());

  const plan = { steps, inputs, outputs, placeOf };
  const refusals: Refusals = new Map();
  return {
    key: lines.join("\n"),
    inputs,
    outputs,
    build: (graph = new GraphBuilder("cairn"), outside = new Map()) => build(plan, new Lowering(graph, refusals), outside),
    refusal: (error) => {
      // The session may be that of a program like this one; the names in their graphs are the same.
      if (refusals.size === 0) build(plan, new Lowering(new GraphBuilder("cairn"), refusals), new Map());
      return refusalIn(error, refusals);
    },
  };
}

interface Plan {
  readonly steps: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly placeOf: (value: Value) => Place;
}

function build({ steps, inputs, outputs, placeOf }: Plan, lowering: Lowering, outside: ReadonlyMap<Value, string>): GraphBuilder {
  const { graph } = lowering;
  const names = new Map(outside);
  const fed = inputs.filter((value) => !outside.has(value));
  fed.forEach((value, index) => names.set(value, graph.input(`input_${index}`, value.dtype, value.shape)));
  const nameOf = (value: Value): string => {
    const { value: first, id } = placeOf(value);
    let name = names.get(first);
    if (name === undefined) {
      name = graph.constant(`known_${names.size}`, first.buffer!.data, first.shape, first.dtype);
      names.set(first, name);
      if (!id.startsWith("c")) throw new Error(`${id} is used before it is made`);
    }
    return name;
  };
  for (const node of steps) {
    lowerNode(lowering, node.inputs.map(nameOf), node).forEach((name, index) => names.set(node.outputs[index]!, name));
  }
  outputs.forEach((value, index) => graph.output(`output_${index}`, nameOf(value), value.dtype, value.shape));
  return graph;
}
