/** What evaluation and compiled functions have in common: how values are fed, and how a failed run is reported. */
import { value as onnxValue, type OnnxValue } from "../onnx/index.ts";
import type { Program } from "./graph/program.ts";
import type { Value } from "./graph/value.ts";

export const feed = (value: Value): OnnxValue => onnxValue(value.buffer!.data, value.shape, value.dtype);

/** Runs a graph of the program; where a condition in it does not hold, throws the error that the condition stands for. */
export function runProgram<T>({ refusal }: Pick<Program, "refusal">, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw refusal(error) ?? error;
  }
}
