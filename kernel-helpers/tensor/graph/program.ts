/**
 * From an expression to one ONNX graph. Nodes that do the same to the same inputs become one (common subexpressions), and what does not lead to a
 * result is left out. Numbers that are known already are fed, or written into the graph as constants, which ONNX Runtime can fold.
 */
import { GraphBuilder, type Device } from "../../onnx/index.ts";
import { isConstant } from "./constants.ts";
import { Lowering, lowerNode } from "./lowering.ts";
import { isGiven, nodesBelow } from "./order.ts";
import { sizeOf } from "./shape.ts";
import { refusalIn, type Refusals } from "./refusal.ts";
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
  /** Adds all of it to a graph, by default a new one, as the device computes it best. */
  build(graph?: GraphBuilder, device?: Device): GraphBuilder;
  /** The error that a condition of the graph stands for, if that is what the run's error is about. */
  refusal(error: unknown): Error | undefined;
}

/** Whether a constant has so many elements that it should not lie in a graph as well as in memory. */
export const isLarge = ({ shape }: Value): boolean => sizeOf(shape) > 65_536;

/** What stands for a value in the program: the first one like it. */
interface StandIn {
  readonly id: string;
  readonly value: Value;
}

export function makeProgram(outputs: readonly Value[], { isFed = isLarge }: ProgramOptions = {}): Program {
  const standIns = new Map<Value, StandIn>();
  const byKey = new Map<string, readonly StandIn[]>();
  const inputs: Value[] = [];
  const inputOf = new Map<string, number>();
  const steps: GraphNode[] = [];
  const lines: string[] = [];

  const ends = new Map<unknown, StandIn>();
  const standInFor = (value: Value): StandIn => {
    const known = standIns.get(value);
    if (known) return known;
    const standIn = isGiven(value) ? standInForGiven(value) : undefined;
    if (!standIn) throw new Error(`${value.node.operator.name} is used before it is made`);
    standIns.set(value, standIn);
    return standIn;
  };
  const standInForGiven = (value: Value): StandIn => {
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
    const standIn = { id, value };
    ends.set(same, standIn);
    return standIn;
  };

  for (const node of nodesBelow(outputs, isGiven)) {
    const from = node.inputs.map((input) => standInFor(input).id);
    const shapes = node.outputs.map(({ shape, dtype }) => `${dtype}(${shape.join()})`);
    const key = `${node.operator.name} ${JSON.stringify(node.attributes, exactly)} ${from.join()} ${shapes.join()}`;
    let made = byKey.get(key);
    if (!made) {
      made = node.outputs.map((value, index) => ({ id: `n${steps.length}.${index}`, value }));
      byKey.set(key, made);
      steps.push(node);
      lines.push(key);
    }
    node.outputs.forEach((value, index) => isGiven(value) || standIns.set(value, made[index]!));
  }
  lines.push(outputs.map((value) => standInFor(value).id).join());

  const plan = { steps, inputs, outputs, standInFor };
  const refusals: Refusals = new Map();
  return {
    key: lines.join("\n"),
    inputs,
    inputOf: (value) => inputOf.get(standIns.get(value)?.id ?? ""),
    outputs,
    build: (graph = new GraphBuilder("cairn"), device = "cpu") => build(plan, new Lowering(graph, refusals, device)),
    refusal: (error) => {
      // The session may be that of a program like this one; the names in their graphs are the same.
      if (refusals.size === 0) build(plan, new Lowering(new GraphBuilder("cairn"), refusals));
      return refusalIn(error, refusals);
    },
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
  readonly standInFor: (value: Value) => StandIn;
}

function build({ steps, inputs, outputs, standInFor }: Plan, lowering: Lowering): GraphBuilder {
  const { graph } = lowering;
  const names = new Map<Value, string>();
  inputs.forEach((value, index) => names.set(value, graph.input(`input_${index}`, value.dtype, value.shape)));
  const nameOf = (value: Value): string => {
    const { value: first } = standInFor(value);
    const name = names.get(first) ?? graph.constant(`known_${names.size}`, first.buffer!.data, first.shape, first.dtype);
    names.set(first, name);
    return name;
  };
  for (const node of steps) {
    lowerNode(lowering, node.inputs.map(nameOf), node).forEach((name, index) => names.set(node.outputs[index]!, name));
  }
  outputs.forEach((value, index) => graph.output(`output_${index}`, nameOf(value), value.dtype, value.shape));
  return graph;
}
