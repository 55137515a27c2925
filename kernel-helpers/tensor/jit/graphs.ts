/**
 * Graphs that are ready to run, for recordings of the same structure. The numbers that a recording knows become constants of its graph, which ONNX
 * Runtime can fold; those that turn out to differ from one recording to the next are fed instead, so that another number is not another graph.
 */
import { createHash } from "node:crypto";
import { totalmem } from "node:os";
import {
  capabilitiesOf,
  GraphBuilder,
  openSession,
  refuseCopies,
  SessionCache,
  type Device,
  type KeptSession,
  type TensorArray,
} from "../../onnx/index.ts";
import { inBlocks } from "../blocks/in-blocks.ts";
import { isConstant } from "../graph/constants.ts";
import { peakBytes } from "../graph/footprint.ts";
import { isLarge, makeProgram, type Program } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import { findInPlace } from "./in-place.ts";

/** What is compiled: all that the graph depends on, and nothing of who runs it. */
export interface Blueprint {
  /** The outputs, with everything fed that is given. */
  readonly program: Program;
  /** Of each parameter that is changed: what it is at first, where it is read, and which output it becomes. */
  readonly changed: readonly { readonly before: Value | undefined; readonly output: number }[];
  readonly device: Device;
  readonly threads: number | undefined;
}

export interface ReadyGraph extends KeptSession, Pick<Program, "refusal"> {
  /** For each input of the session, which of the blueprint's inputs it is. */
  readonly inputs: readonly number[];
  /** Whether each of the changed parameters is written where it lies. */
  readonly inPlace: readonly boolean[];
  /** What lies within the graph, by its index among the blueprint's inputs. */
  readonly constants: ReadonlyMap<number, TensorArray>;
}

/** Of all compiled functions together: what is used again after that many others is compiled again. */
const graphs = new SessionCache<ReadyGraph>({ count: 32, bytes: memoryLimit() / 4 });

function memoryLimit(): number {
  const constrained = process.constrainedMemory(); // by a container; 0 or beyond all memory where there is no limit
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** The name under which graphs of the same structure are kept for one function. */
export function nameOf(owner: number, { program, changed }: Blueprint): string {
  const read = changed.map(({ before }) => (before ? program.inputOf(before) : undefined));
  return `${owner} ${createHash("sha256").update(`${read.join()}\n${program.key}`).digest("base64")}`;
}

/** The graph for a blueprint, compiled where none is kept that fits. */
export function graphFor(name: string, blueprint: Blueprint): ReadyGraph {
  const kept = graphs.get(name);
  const { inputs } = blueprint.program;
  const differing = kept ? [...kept.constants].filter(([index, data]) => !sameBytes(data, inputs[index]!.buffer!.data)) : [];
  if (kept && differing.length === 0) return kept;
  const constants = new Map(kept?.constants ?? constantsOf(inputs));
  for (const [index] of differing) constants.delete(index);
  return graphs.set(name, ready(blueprint, new Set(constants.keys())));
}

/** The graph that was found before, if it is still kept: it counts as used. */
export const stillKept = (name: string, graph: ReadyGraph): boolean => graphs.get(name) === graph;

export const forget = (name: string): void => graphs.delete(name);

const constantsOf = (inputs: readonly Value[]): [number, TensorArray][] =>
  inputs.flatMap((input, index) => (isConstant(input) && !isLarge(input) ? [[index, input.buffer!.data]] : []));

function ready({ program, changed, device, threads }: Blueprint, constant: ReadonlySet<number>): ReadyGraph {
  const computed = arranged(program.outputs, device);
  const arrangedProgram = makeProgram(computed, { isFed: (value) => !constant.has(program.inputOf(value)!) });
  const inPlace = findInPlace(
    computed,
    changed.map(({ before, output }) => [before ?? program.outputs[output]!, computed[output]!]),
  );
  const externalData: Record<string, Uint8Array> = {};
  const graph = new GraphBuilder("cairn", { keptApart: externalData });
  refuseCopies(graph);
  arrangedProgram.build(graph, device);
  const constants = new Map(constantsOf(program.inputs).filter(([index]) => constant.has(index)));
  const session = openSession(graph.encode(), {
    device,
    memoryPattern: false,
    externalData,
    ...(threads === undefined ? {} : { threads }),
  });
  const bytes = [...constants.values()].reduce((total, { byteLength }) => total + byteLength, peakBytes(computed));
  const inputs = arrangedProgram.inputs.map((input) => program.inputOf(input)!);
  return { session, bytes, inputs, inPlace, constants, refusal: (error) => arrangedProgram.refusal(error) };
}

/** The outputs as the device computes them fastest. */
function arranged(outputs: readonly Value[], device: Device): readonly Value[] {
  const { channelBlock } = capabilitiesOf(device);
  return channelBlock === undefined ? outputs : inBlocks(outputs, channelBlock);
}

function sameBytes(a: TensorArray, b: TensorArray): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: TensorArray): Buffer => Buffer.from(buffer, byteOffset, byteLength);
  return a === b || bytes(a).equals(bytes(b));
}
