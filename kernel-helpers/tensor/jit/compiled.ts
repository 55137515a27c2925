/** One recorded function, ready to run: its session, and where each input comes from and each output goes. */
import { availableParallelism } from "node:os";
import {
  channelBlock,
  GraphBuilder,
  openSession,
  refuseCopies,
  value as onnxValue,
  type Device,
  type OnnxValue,
  type Session,
} from "../../onnx/index.ts";
import { feed, runProgram } from "../evaluate.ts";
import { allocate } from "../graph/numbers.ts";
import { makeProgram, type Program } from "../graph/program.ts";
import { sizeOf } from "../graph/shape.ts";
import { makeSource, type Value } from "../graph/value.ts";
import { inBlocks } from "../blocks/in-blocks.ts";
import { inTiles, tileOfThread } from "../tiles/in-tiles.ts";
import type { Parameter } from "../parameter.ts";
import { Tensor } from "../tensor.ts";
import { findInPlace } from "./in-place.ts";
import { record } from "./trace.ts";
import { mapTensors, tensorsOf } from "./tree.ts";

export interface JitOptions {
  /** Where the graph runs. @default "cpu" */
  device?: Device | "auto";
  /** CPU threads within one operator. @default as many as there are cores */
  threads?: number;
}

export interface CompiledFunction {
  /** Whether it still stands for the function, as far as what it relied on goes. */
  holds(): boolean;
  run(given: readonly unknown[]): unknown;
  model(): Uint8Array;
  close(): void;
}

/** Where an output's numbers go: a result of the call, or a parameter. */
interface State {
  readonly parameter: Parameter;
  readonly isInPlace: boolean;
  /** The other of the two arrays that take turns, where the parameter cannot be overwritten. */
  spare?: OnnxValue["data"];
}

/** What the first run makes. */
interface Ready {
  readonly program: Program;
  readonly session: Session;
  readonly states: readonly State[];
}

export function compile(f: (...given: never[]) => unknown, given: readonly unknown[], options: JitOptions): CompiledFunction {
  const recording = record(f, given);
  const results = tensorsOf(recording.result).map(({ value }) => value);
  const changed = [...recording.assigned].filter(([parameter, after]) => recording.read.get(parameter) !== after);
  const outputs = [...results, ...changed.map(([, after]) => after)];
  const parameters = new Map([...recording.read].map(([parameter, placeholder]) => [placeholder, parameter]));
  const places = new Map(recording.arguments.map((placeholder, index) => [placeholder, index]));
  let ready: Ready | undefined;

  const feedOf = (input: Value, tensors: readonly Tensor[]): OnnxValue => {
    const parameter = parameters.get(input);
    if (parameter) return onnxValue(parameter.buffer.data, input.shape, input.dtype);
    const place = places.get(input);
    return place === undefined ? feed(input) : onnxValue(tensors[place]!.data, input.shape, input.dtype);
  };

  const prepare = (): Ready => {
    const computed = arranged(outputs, options);
    const program = makeProgram(computed);
    const inPlace = findInPlace(
      computed,
      changed.map(([parameter, after], index) => [recording.read.get(parameter) ?? after, computed[results.length + index]!]),
    );
    const graph = new GraphBuilder("cairn");
    refuseCopies(graph);
    program.build(graph);
    return {
      program,
      session: openSession(graph.encode(), { ...options, memoryPattern: false }),
      states: changed.map(([parameter], index) => ({ parameter, isInPlace: inPlace[index]! })),
    };
  };

  const run = (current: readonly unknown[]): unknown => {
    const { program, session, states } = (ready ??= prepare());
    const tensors = tensorsOf(current);
    const feeds = Object.fromEntries(program.inputs.map((input, index) => [`input_${index}`, feedOf(input, tensors)]));
    const fetches = outputs.map(({ shape, dtype }, index) => {
      const state = states[index - results.length];
      if (state?.isInPlace) return onnxValue(state.parameter.buffer.data, shape, dtype);
      return onnxValue(state?.spare ?? allocate(dtype, sizeOf(shape)), shape, dtype);
    });
    runProgram(program, () => session.runSync(feeds, Object.fromEntries(fetches.map((fetch, index) => [`output_${index}`, fetch]))));
    states.forEach((state, index) => settle(state, fetches[results.length + index]!.data));
    let next = 0;
    return mapTensors(
      recording.result,
      ({ shape, dtype }) => new Tensor(makeSource({ shape, dtype }, { data: fetches[next++]!.data, writes: 0 })),
    );
  };

  return {
    holds: () => recording.holds(),
    run,
    model: () => makeProgram(outputs).build().encode(), // for any machine
    close: () => ready?.session.close(),
  };
}

/** The outputs as this machine computes them fastest. */
function arranged(outputs: readonly Value[], { device = "cpu", threads = availableParallelism() }: JitOptions): readonly Value[] {
  if (device !== "cpu") return outputs;
  const width = channelBlock();
  return inTiles(width === undefined ? outputs : inBlocks(outputs, width), threads * tileOfThread);
}

/** Leaves the new numbers with the parameter. */
function settle(state: State, data: OnnxValue["data"]): void {
  const { buffer } = state.parameter;
  if (!state.isInPlace) {
    state.spare = buffer.data;
    buffer.data = data;
  }
  buffer.writes++;
}
