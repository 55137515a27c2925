/**
 * A function of tensors run many times within one ONNX graph, each time on the next of its arguments: a Loop, as JAX's lax.scan. The parameters that it
 * changes are the loop's state and stay where the graph runs; only at its end do they come back. A device spends its time on the work then, and not on
 * copies and on waiting to be told.
 */
import {
  allocate,
  checkDevice,
  checkThreads,
  encodeModel,
  GraphBuilder,
  openSession,
  refuseCopies,
  resolveDevice,
  value as onnxValue,
  type Device,
  type OnnxGraph,
  type OnnxValue,
} from "../../onnx/index.ts";
import { checkArray, checkBoolean, checkFunction, checkOptions } from "../../runtime/check.ts";
import { makeProgram, type Program } from "../graph/program.ts";
import { sizeOf } from "../graph/shape.ts";
import { makeSource, type Value } from "../graph/value.ts";
import type { Parameter } from "../parameter.ts";
import { feed } from "../run.ts";
import { Tensor } from "../tensor.ts";
import { settle } from "./compiled.ts";
import type { JitOptions } from "./jit.ts";
import { record, type Recording } from "./trace.ts";
import { checkTree, mapTensors, structureOf, tensorsOf } from "./tree.ts";

export interface JitLoopOptions extends JitOptions {
  /**
   * Whether parameters that f only reads seldom change, as weights of a model that generates: they are put where the graph runs once, and another value
   * compiles anew. @default false: they go there with each run
   */
  isFrozen?: boolean;
}

/** A function that is run once for each of its arguments, in one run of a graph. */
export interface JittedLoop<Given, Result> {
  /** Results in the order of the arguments. Parameters are afterwards as the last of them left them. */
  (given: readonly Given[]): Result[];
  /** What it runs on. */
  readonly device: Device;
  /** Releases the memory of its graphs; another call compiles again. */
  close(): void;
}

/**
 * Compiles a function to a loop over its arguments: `jitLoop(f)([a, b, c])` is `[f(a), f(b), f(c)]`, as jit would compute it, parameters that f assigns
 * included. Structure, shapes and element types of the arguments must be the same; how many there are is free.
 *
 * @throws {ArgumentError} f is not a function, or an option is unknown.
 * @example
 * const total = parameter(tensor(0));
 * const add = jitLoop((x: Tensor) => { total.assign(total.add(x)); return total.mul(1); });
 * add([tensor(1), tensor(2), tensor(3)]).map((sum) => sum.item()) // [ 1, 3, 6 ]
 */
export function jitLoop<Given, Result>(f: (given: Given) => Result, options: JitLoopOptions = {}): JittedLoop<Given, Result> {
  checkFunction("f", f, { hint: "jitLoop((x: Tensor) => …) returns the loop" });
  checkOptions("options", options, ["device", "threads", "isFrozen"]);
  const { threads, isFrozen = false } = options;
  checkBoolean("isFrozen", isFrozen);
  const asked = checkDevice(options.device ?? "cpu");
  if (threads !== undefined) checkThreads(threads);
  const kept: { key: string; loop: CompiledLoop }[] = [];

  const find = (given: Given): CompiledLoop => {
    const key = structureOf(given);
    const known = kept.find((candidate) => candidate.key === key && candidate.loop.holds());
    if (known) return known.loop;
    const loop = compileLoop(f as (given: never) => unknown, given, { device: resolveDevice(asked), threads, isFrozen });
    kept.push({ key, loop });
    if (kept.length > keptLoops) kept.shift()!.loop.close();
    return loop;
  };
  const call = (given: readonly Given[]): Result[] => {
    checkArray("given", given, (name, item) => checkTree(name, item));
    return given.length === 0 ? [] : (find(given[0]!).run(given) as Result[]);
  };
  const close = (): void => {
    for (const { loop } of kept.splice(0)) loop.close();
  };
  return Object.defineProperty(Object.assign(call, { close }), "device", {
    get: () => resolveDevice(asked),
    enumerable: true,
  }) as unknown as JittedLoop<Given, Result>;
}

const keptLoops = 4;

interface CompiledLoop {
  holds(): boolean;
  run(given: readonly unknown[]): unknown[];
  close(): void;
}

/** A parameter that changes from one turn of the loop to the next. */
interface State {
  readonly parameter: Parameter;
  /** What it is at first; nothing where it is only written. */
  readonly before: Value | undefined;
  readonly after: Value;
}

function compileLoop(
  f: (given: never) => unknown,
  example: unknown,
  { device, threads, isFrozen }: { device: Device; threads: number | undefined; isFrozen: boolean },
): CompiledLoop {
  const recording = record(f, [example]);
  const states = statesOf(recording);
  const results = tensorsOf(recording.result).map(({ value }) => value);
  const program = makeProgram([...states.map(({ after }) => after), ...results]);
  const parameters = new Map([...recording.read].map(([parameter, placeholder]) => [placeholder, parameter]));
  const isState = (input: Value): boolean => states.some(({ before }) => before === input);
  const frozen = new Map([...parameters].filter(([placeholder]) => isFrozen && !isState(placeholder)));
  const versions = [...frozen.values()].map((parameter) => ({ parameter, buffer: parameter.buffer, writes: parameter.buffer.writes }));
  const { model, externalData } = loopModel(program, states, recording.arguments, frozen, device);
  const session = openSession(model, {
    device,
    memoryPattern: false,
    externalData,
    ...(threads === undefined ? {} : { threads }),
  });
  const fixed = program.inputs.flatMap((input, index) => {
    return isState(input) || recording.arguments.includes(input) || frozen.has(input) ? [] : [{ name: `input_${index}`, input }];
  });

  const run = (given: readonly unknown[]): unknown[] => {
    const count = given.length;
    const feeds: Record<string, OnnxValue> = { count: onnxValue(BigInt64Array.of(BigInt(count)), []) };
    states.forEach(({ parameter: { type, buffer } }, index) => (feeds[`before_${index}`] = onnxValue(buffer.data, type.shape, type.dtype)));
    const columns = given.map(tensorsOf);
    recording.arguments.forEach((argument, index) => {
      if (program.inputOf(argument) !== undefined)
        feeds[`given_${index}`] = stacked(
          argument,
          columns.map((tensors) => tensors[index]!),
        );
    });
    for (const { name, input } of fixed) {
      const parameter = parameters.get(input);
      feeds[name] = parameter ? onnxValue(parameter.buffer.data, input.shape, input.dtype) : feed(input);
    }
    const after = states.map(({ parameter: { type, buffer } }) =>
      onnxValue(buffer.spare ?? allocate(type.dtype, sizeOf(type.shape)), type.shape, type.dtype),
    );
    const made = results.map(({ shape, dtype }) => onnxValue(allocate(dtype, count * sizeOf(shape)), [count, ...shape], dtype));
    session.runSync(feeds, {
      ...Object.fromEntries(after.map((fetch, index) => [`after_${index}`, fetch])),
      ...Object.fromEntries(made.map((fetch, index) => [`result_${index}`, fetch])),
    });
    states.forEach(({ parameter }, index) => settle(parameter, after[index]!.data));
    return given.map((_, turn) => {
      let next = 0;
      return mapTensors(recording.result, ({ shape, dtype }) => {
        const size = sizeOf(shape);
        const data = made[next++]!.data.subarray(turn * size, (turn + 1) * size);
        return new Tensor(makeSource({ shape, dtype }, { data, writes: 0 }));
      });
    });
  };
  return {
    holds: () =>
      recording.holds() && versions.every(({ parameter, buffer, writes }) => parameter.buffer === buffer && buffer.writes === writes),
    run,
    close() {
      session.close();
      for (const { parameter } of states) delete parameter.buffer.spare;
    },
  };
}

const statesOf = ({ assigned, read }: Recording): State[] =>
  [...assigned]
    .filter(([parameter, after]) => read.get(parameter) !== after)
    .map(([parameter, after]) => ({ parameter, before: read.get(parameter), after }));

/** One below the other: (count, …). */
function stacked({ shape, dtype }: Value, tensors: readonly Tensor[]): OnnxValue {
  const size = sizeOf(shape);
  const data = allocate(dtype, tensors.length * size);
  tensors.forEach((tensor, turn) => data.set(tensor.data as never, turn * size));
  return onnxValue(data, [tensors.length, ...shape], dtype);
}

/**
 * The graph around the loop. Inputs: how many turns, each state before, each argument of all turns, and what stays as it is, which the body reads from
 * outside. Outputs: each state after, and each result of all turns.
 */
function loopModel(
  program: Program,
  states: readonly State[],
  given: readonly Value[],
  frozen: ReadonlyMap<Value, Parameter>,
  device: Device,
): { model: Uint8Array; externalData: Record<string, Uint8Array> } {
  const inner = new GraphBuilder("turn");
  program.build(inner, device);
  const { graph: turn, opsets } = inner.model();
  const nameOf = (value: Value | undefined): string | undefined => {
    const index = value && program.inputOf(value);
    return index === undefined ? undefined : `input_${index}`;
  };
  const externalData: Record<string, Uint8Array> = {};
  const outer = new GraphBuilder("loop", { keptApart: externalData });
  refuseCopies(outer);
  const count = outer.input("count", "int64", []);
  const before = states.map(({ parameter: { type } }, index) => outer.input(`before_${index}`, type.dtype, type.shape));
  const arguments_ = given.flatMap((argument, index) => {
    const name = nameOf(argument);
    if (name === undefined) return []; // nothing is made of it
    return [{ name, all: outer.input(`given_${index}`, argument.dtype, ["count", ...argument.shape]) }];
  });
  const isCarried = new Set([...states.map((state) => nameOf(state.before)), ...arguments_.map(({ name }) => name)]);
  program.inputs.forEach((input, index) => {
    const name = `input_${index}`;
    if (isCarried.has(name)) return;
    const known = frozen.get(input);
    if (known) outer.constant(name, known.buffer.data, input.shape, input.dtype);
    else outer.input(name, input.dtype, input.shape);
  });
  const carried = states.map((state, index) => nameOf(state.before) ?? `unread_${index}`);
  const body = bodyOf(turn, carried, states, arguments_);
  const made = outer.nodes("Loop", [count, "", ...before], { attributes: { body: { graph: body } }, outputs: program.outputs.length });
  program.outputs.forEach(({ dtype, shape }, index) => {
    const result = index - states.length;
    if (result < 0) outer.output(`after_${index}`, made[index]!, dtype, shape);
    else outer.output(`result_${result}`, made[index]!, dtype, ["count", ...shape]);
  });
  return { model: encodeModel({ ...outer.model(), opsets }), externalData };
}

/** One turn: its number, whether to go on, and the states; it goes on, and leaves the states and the results. */
function bodyOf(
  turn: OnnxGraph,
  carried: readonly string[],
  states: readonly State[],
  given: readonly { name: string; all: string }[],
): OnnxGraph {
  const ends = new GraphBuilder("ends");
  ends.input("turn", "int64", []);
  const goesOn = ends.input("goes_on", "bool", []);
  carried.forEach((name, index) => ends.input(name, states[index]!.parameter.type.dtype, states[index]!.parameter.type.shape));
  ends.output("still_goes_on", goesOn, "bool", []);
  const { graph } = ends.model();
  const takes = given.map(({ name, all }) => ({ opType: "Gather", inputs: [all, "turn"], outputs: [name] }));
  return {
    name: "turn",
    nodes: [...takes, ...graph.nodes!, ...turn.nodes!],
    initializers: turn.initializers ?? [],
    inputs: graph.inputs!,
    outputs: [...graph.outputs!, ...turn.outputs!],
  };
}
