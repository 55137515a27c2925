/** What evaluation and compiled functions have in common: how values are fed, and how a failed run is reported. */
import { value as onnxValue, type OnnxValue } from "../onnx/index.ts";
import { OutOfRangeError } from "../errors.ts";
import type { Program } from "./graph/program.ts";
import { userLine } from "./graph/user-line.ts";
import type { Value } from "./graph/value.ts";

export const feed = (value: Value): OnnxValue => onnxValue(value.buffer!.data, value.shape, value.dtype);

/** Runs; an index out of range is reported with the operator and the line of the caller's code. */
export function located<T>(program: Pick<Program, "operatorOf">, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OutOfRangeError)) throw error;
    const operator = program.operatorOf(String(error.facts.node));
    if (operator === undefined) throw error;
    const [problem] = error.message.split("\n");
    throw new OutOfRangeError(`${operator}: ${problem}${userLine()}`, {
      hint: error.hint,
      cause: error,
      facts: { ...error.facts, operator },
    });
  }
}
