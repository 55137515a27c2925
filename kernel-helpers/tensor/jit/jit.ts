/** Compiling a function of tensors: recorded once for each combination of shapes, it becomes one ONNX graph and runs as such from then on. */
import { checkDevice, checkThreads, resolveDevice, type Device } from "../../onnx/index.ts";
import { checkFunction, checkOptions } from "../../runtime/check.ts";
import { currentTrace } from "../tracing.ts";
import { compile, type CompiledFunction } from "./compiled.ts";
import { checkTree, structureOf } from "./tree.ts";

export interface JitOptions {
  /** Where the graph runs; "auto" takes the fastest that works. @default "cpu" */
  device?: Device | "auto";
  /** CPU threads within one operator. @default as many as there are physical cores */
  threads?: number;
}

/** A compiled function. Call it as the one it was made from. */
export interface Jitted<Given extends readonly unknown[], Result> {
  (...given: Given): Result;
  /** What it runs on: for "auto", the device that was found. */
  readonly device: Device;
  /** The graph for arguments such as these, as an ONNX model's bytes. */
  toOnnx(...given: Given): Uint8Array;
  /** Releases the memory of its graphs; another call compiles again. */
  close(): void;
}

/** How many recordings a function keeps; the one used longest ago goes first. */
const keptRecordings = 32;

let functions = 0;

/**
 * Compiles a function of tensors to one ONNX graph for each combination of argument shapes, at its first call. Tensors among the arguments, also
 * within arrays and plain objects, are the graph's inputs. For another number, string or other object among them the function is recorded again; if
 * only numbers differ in what it computes, the same graph runs with these numbers, so a learning rate or a position may change at each call.
 * Numbers and tensors that the function closes over are fixed when it is recorded. Parameters that it reads and assigns are the graph's state,
 * updated in place where that is safe.
 *
 * A function may take several training steps, for example one for each of an array of batches: what they change goes from step to step within the
 * run, on the device that it runs on.
 *
 * The function runs only while it is recorded: what it prints, counts or decides from numbers happens once.
 *
 * The 32 graphs used last, of all functions together, are kept ready while they take less than a quarter of the machine's memory; an older one is
 * compiled again when it is needed.
 *
 * @throws {ArgumentError} f is not a function, or an option is unknown.
 * @example
 * const double = jit((x: Tensor) => x.add(x));
 * double(tensor([1, 2])).toArray() // [ 2, 4 ]
 */
export function jit<Given extends readonly unknown[], Result>(
  f: (...given: Given) => Result,
  options: JitOptions = {},
): Jitted<Given, Result> {
  checkFunction("f", f, { hint: "jit((x: Tensor) => …) returns the compiled function" });
  checkOptions("options", options, ["device", "threads"]);
  const { threads } = options;
  const asked = checkDevice(options.device ?? "cpu");
  if (threads !== undefined) checkThreads(threads);

  const owner = ++functions;
  const recordings: { key: string; compiled: CompiledFunction }[] = []; // the one used last is the last
  const find = (given: Given): CompiledFunction => {
    checkTree("the arguments", given);
    const key = structureOf(given);
    const index = recordings.findLastIndex((candidate) => candidate.key === key && candidate.compiled.holds());
    const [known] = index < 0 ? [] : recordings.splice(index, 1);
    const device = resolveDevice(asked);
    const found = known ?? { key, compiled: compile(f as (...given: never[]) => unknown, given, { owner, device, threads }) };
    recordings.push(found);
    if (recordings.length > keptRecordings) recordings.shift();
    return found.compiled;
  };
  // Within another compiled function this one is simply part of it.
  const call = (...given: Given): Result => (currentTrace() ? f(...given) : (find(given).run(given) as Result));
  const jitted = Object.assign(call, {
    toOnnx: (...given: Given): Uint8Array => find(given).model(),
    close(): void {
      for (const { compiled } of recordings.splice(0)) compiled.close();
    },
  });
  return Object.defineProperty(jitted, "device", { get: () => resolveDevice(asked), enumerable: true }) as Jitted<Given, Result>;
}
