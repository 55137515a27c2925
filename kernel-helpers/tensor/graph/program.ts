/**
 * From an expression to one ONNX graph. Nodes that do the same to the same inputs become one (common subexpressions), and what does not lead to a
 * result is left out. Numbers that are known already are fed, or written into the graph as constants, which ONNX Runtime can fold.
 */
import { GraphBuilder } from "../../onnx/index.ts";
import { isConstant } from "./constants.ts";
import { Lowering } from "./lowering.ts";
import { isGiven, nodesBelow } from "./order.ts";
import { sizeOf } from "./shape.ts";
import type { GraphNode, Value } from "./value.ts";

export interface ProgramOptions {
  /** Which of the known numbers are fed; the others become constants of the graph. @default tensors too large to be there twice */
  isFed?: (constant: Value) => boolean;
}

export interface Program {
  /** The same for expressions of the same structure, whatever numbers are fed. */
  readonly key: string;
  /** What has to be fed, as `input_0`, `input_1` and so on. */
  readonly inputs: readonly Value[];
  /** Which input a value is fed as, if it is: equal numbers are fed once. */
  inputOf(value: Value): number | undefined;
  /** The results are called `output_0`, `output_1` and so on. */
  readonly outputs: readonly Value[];
  /** Adds all of it to a graph, by default a new one. */
  build(graph?: GraphBuilder): GraphBuilder;
  /** The operator that a node of the graph belongs to. */
  operatorOf(node: string): string | undefined;
}

/** Whether a constant has so many elements that it should not lie in a graph as well as in memory. */
export const isLarge = ({ shape }: Value): boolean => sizeOf(shape) > 65_536;

/** What stands for a value in the program: the first one like it. */
interface Place {
  readonly id: string;
  readonly value: Value;
}

export function makeProgram(outputs: readonly Value[], { isFed = isLarge }: ProgramOptions = {}): Program {
  const places = new Map<Value, Place>();
  const byKey = new Map<string, readonly Place[]>();
  const inputs: Value[] = [];
  const inputOf = new Map<string, number>();
  const steps: GraphNode[] = [];
  const lines: string[] = [];

  const ends = new Map<unknown, Place>();
  const placeOf = (value: Value): Place => {
    const known = places.get(value);
    if (known) return known;
    const place = isGiven(value) ? placeOfGiven(value) : undefined;
    if (!place) throw new Error(`${value.node.operator.name} is used before it is made`);
    places.set(value, place);
    return place;
  };
  const placeOfGiven = (value: Value): Place => {
    const constant = isConstant(value);
    const type = `${value.dtype}(${value.shape.join()})`;
    const content = constant && (sizeOf(value.shape) === 1 || !isFed(value)) ? `c${type}[${bytesOf(value)}]` : undefined;
    const same = content ?? value.buffer ?? value;
    const known = ends.get(same);
    if (known) return known;
    const id = constant && !isFed(value) ? content! : `i${inputs.length}`;
    if (id !== content) {
      inputOf.set(id, inputs.length);
      inputs.push(value);
      lines.push(`${id}:${type}`);
    }
    const place = { id, value };
    ends.set(same, place);
    return place;
  };

  for (const node of nodesBelow(outputs, isGiven)) {
    const from = node.inputs.map((input) => placeOf(input).id);
    const shapes = node.outputs.map(({ shape, dtype }) => `${dtype}(${shape.join()})`);
    const key = `${node.operator.name} ${JSON.stringify(node.attributes, exactly)} ${from.join()} ${shapes.join()}`;
    let made = byKey.get(key);
    if (!made) {
      made = node.outputs.map((value, index) => ({ id: `n${steps.length}.${index}`, value }));
      byKey.set(key, made);
      steps.push(node);
      lines.push(key);
    }
    node.outputs.forEach((value, index) => places.set(value, made[index]!));
  }
  lines.push(outputs.map((value) => placeOf(value).id).join());

  const plan: Plan = { steps, inputs, outputs, placeOf, firstNodes: [] };
  return {
    key: lines.join("\n"),
    inputs,
    inputOf: (value) => inputOf.get(places.get(value)?.id ?? ""),
    outputs,
    build: (graph = new GraphBuilder("cairn")) => build(plan, graph),
    operatorOf: (node) => operatorOf(plan, node),
  };
}

/** All bits of a constant: −0 is not 0. */
function bytesOf({ buffer }: Value): string {
  const { buffer: memory, byteOffset, byteLength } = buffer!.data;
  return Buffer.from(memory, byteOffset, byteLength).toString("base64");
}

/** JSON has no word for these numbers. */
const exactly = (_key: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)) ? `number ${Object.is(value, -0) ? "-0" : value}` : value;

interface Plan {
  readonly steps: readonly GraphNode[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly placeOf: (value: Value) => Place;
  /** For each step the first of its nodes in the graph that was built last. */
  readonly firstNodes: number[];
}

function operatorOf(plan: Plan, node: string): string | undefined {
  const { steps, firstNodes } = plan;
  if (firstNodes.length < steps.length) build(plan, new GraphBuilder("again")); // the session was there already
  const index = Number(/_(\d+)$/.exec(node)?.[1] ?? NaN); // as GraphBuilder names them
  return steps[firstNodes.findLastIndex((first) => first <= index)]?.operator.name;
}

function build({ steps, inputs, outputs, placeOf, firstNodes }: Plan, graph: GraphBuilder): GraphBuilder {
  const lowering = new Lowering(graph);
  const names = new Map<Value, string>();
  inputs.forEach((value, index) => names.set(value, graph.input(`input_${index}`, value.dtype, value.shape)));
  const nameOf = (value: Value): string => {
    const { value: first } = placeOf(value);
    const name = names.get(first) ?? graph.constant(`known_${names.size}`, first.buffer!.data, first.shape, first.dtype);
    names.set(first, name);
    return name;
  };
  firstNodes.length = 0;
  for (const node of steps) {
    firstNodes.push(graph.size);
    const made = node.operator.lower(lowering, node.inputs.map(nameOf), node);
    (typeof made === "string" ? [made] : made).forEach((name, index) => names.set(node.outputs[index]!, name));
  }
  outputs.forEach((value, index) => graph.output(`output_${index}`, nameOf(value), value.dtype, value.shape));
  return graph;
}
