/** Compiling a function of tensors: recorded once for each combination of shapes, it becomes one ONNX graph and runs as such from then on. */
import { currentTrace } from "../tracing.ts";
import { compile, type CompiledFunction, type JitOptions } from "./compiled.ts";
import { structureOf } from "./tree.ts";

/** A compiled function. Call it as the one it was made from. */
export interface Jitted<Given extends readonly unknown[], Result> {
  (...given: Given): Result;
  /** The graph for arguments such as these, as an ONNX model's bytes. */
  toOnnx(...given: Given): Uint8Array;
  /** Gives back the sessions. */
  close(): void;
}

/**
 * Compiles a function of tensors to one ONNX graph for each combination of argument shapes, at its first call. Tensors among the arguments, also
 * within arrays and objects, are the graph's inputs; anything else among them is fixed in the graph, and another value means another graph.
 * Parameters that the function reads and assigns are the graph's state, updated in place where that is safe.
 *
 * A function may take several training steps, for example one for each of an array of batches: what they change goes from step to step within the
 * run, on the device that it runs on.
 *
 * The function runs only while it is recorded: what it prints, counts or decides from numbers happens once.
 *
 * @example
 * const double = jit((x: Tensor) => x.add(x));
 * double(tensor([1, 2])).toArray() // [ 2, 4 ]
 */
export function jit<Given extends readonly unknown[], Result>(
  f: (...given: Given) => Result,
  options: JitOptions = {},
): Jitted<Given, Result> {
  const compiled = new Map<string, CompiledFunction[]>();
  const find = (given: Given): CompiledFunction => {
    const key = structureOf(given);
    const alike = compiled.get(key) ?? [];
    const known = alike.find((candidate) => candidate.holds());
    if (known) return known;
    const made = compile(f as (...given: never[]) => unknown, given, options);
    compiled.set(key, [...alike, made]);
    return made;
  };
  // Within another compiled function this one is simply part of it.
  const call = (...given: Given): Result => (currentTrace() ? f(...given) : (find(given).run(given) as Result));
  return Object.assign(call, {
    toOnnx: (...given: Given): Uint8Array => find(given).model(),
    close: (): void => {
      for (const variant of [...compiled.values()].flat()) variant.close();
      compiled.clear();
    },
  });
}
