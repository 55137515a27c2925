/** One recorded function, ready to run: where each input comes from and each output goes. */
import { allocate, value as onnxValue, type Device, type OnnxValue } from "../../onnx/index.ts";
import { makeProgram } from "../graph/program.ts";
import { sizeOf } from "../graph/shape.ts";
import { makeSource, type Value } from "../graph/value.ts";
import type { Parameter } from "../parameter.ts";
import { feed, runProgram } from "../run.ts";
import { Tensor } from "../tensor.ts";
import { forget, graphFor, nameOf, stillKept, type Blueprint, type ReadyGraph } from "./graphs.ts";
import { record } from "./trace.ts";
import { mapTensors, tensorsOf } from "./tree.ts";

export interface CompileOptions {
  /** A number of the function's own: what is compiled for it is not used for others. */
  owner: number;
  device: Device;
  threads: number | undefined;
}

export interface CompiledFunction {
  /** Whether it still stands for the function, as far as what it relied on goes. */
  holds(): boolean;
  run(given: readonly unknown[]): unknown;
  model(): Uint8Array;
  close(): void;
}

export function compile(
  f: (...given: never[]) => unknown,
  given: readonly unknown[],
  { owner, device, threads }: CompileOptions,
): CompiledFunction {
  const recording = record(f, given);
  const results = tensorsOf(recording.result).map(({ value }) => value);
  const changed = [...recording.assigned].filter(([parameter, after]) => recording.read.get(parameter) !== after);
  const outputs = [...results, ...changed.map(([, after]) => after)];
  const parameters = new Map([...recording.read].map(([parameter, placeholder]) => [placeholder, parameter]));
  const positions = new Map(recording.arguments.map((placeholder, index) => [placeholder, index]));
  const blueprint: Blueprint = {
    program: makeProgram(outputs, { isFed: () => true }),
    changed: changed.map(([parameter], index) => ({ before: recording.read.get(parameter), output: results.length + index })),
    device,
    threads,
  };
  const name = nameOf(owner, blueprint);
  let found: ReadyGraph | undefined;

  const feedOf = (input: Value, tensors: readonly Tensor[]): OnnxValue => {
    const parameter = parameters.get(input);
    if (parameter) return onnxValue(parameter.buffer.data, input.shape, input.dtype);
    const position = positions.get(input);
    return position === undefined ? feed(input) : onnxValue(tensors[position]!.data, input.shape, input.dtype);
  };

  const run = (current: readonly unknown[]): unknown => {
    const tensors = tensorsOf(current);
    const graph = found && stillKept(name, found) ? found : (found = graphFor(name, blueprint));
    const feeds = Object.fromEntries(
      graph.inputs.map((input, index) => [`input_${index}`, feedOf(blueprint.program.inputs[input]!, tensors)]),
    );
    const fetches = outputs.map(({ shape, dtype }, index) => {
      const buffer = changed[index - results.length]?.[0].buffer;
      const known = graph.inPlace[index - results.length] ? buffer?.data : buffer?.spare;
      return onnxValue(known ?? allocate(dtype, sizeOf(shape)), shape, dtype);
    });
    runProgram(graph, () => graph.session.runSync(feeds, Object.fromEntries(fetches.map((fetch, index) => [`output_${index}`, fetch]))));
    changed.forEach(([parameter], index) => settle(parameter, fetches[results.length + index]!.data));
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
    close() {
      forget(name);
      for (const [{ buffer }] of changed) delete buffer.spare;
    },
  };
}

/** Leaves the new numbers with the parameter: in its own memory, or in the other of two arrays that take turns. */
export function settle({ buffer }: Parameter, data: OnnxValue["data"]): void {
  if (buffer.data !== data) {
    buffer.spare = buffer.data;
    buffer.data = data;
  }
  buffer.writes++;
}
