/**
 * Conditions that a graph checks while it runs. ONNX has no operator that fails; but ONNX Runtime's Gather on the CPU refuses an index that its data
 * lacks, and its error names the node and the index. So a condition is a Gather from a single 0, at an index that is 0 while all is well and
 * otherwise a code that tells what is wrong. Other devices do not look where they read.
 */
import { OutOfRangeError } from "../../errors.ts";
import type { Lowering } from "./lowering.ts";

/** The error for a code that is neither 0 nor −1. */
export type Refusal = (code: bigint) => Error;

/** By the name of the node that fails. */
export type Refusals = Map<string, Refusal>;

/** An int64 scalar 0, but the graph fails when the code (int64 scalar) is not 0; −1 cannot be told from 0. */
export function lowerRefusal(graph: Lowering, code: string, refusal: Refusal): string {
  const name = graph.node("Gather", [graph.constant("int64", [0], [1]), code]);
  graph.refusals.set(name, refusal);
  return name;
}

/** The refusal that a failed run is about; undefined for any other error. */
export function refusalIn(error: unknown, refusals: Refusals): Error | undefined {
  if (!(error instanceof OutOfRangeError)) return undefined;
  const { node, value } = error.facts;
  return refusals.get(String(node))?.(BigInt(value as number | bigint));
}
