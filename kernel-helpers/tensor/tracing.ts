/**
 * What is going on around an expression: whether somebody may still ask for a gradient of it, and the function being compiled, if any, which
 * wants to know each parameter that is read or assigned.
 */
import { checkFunction } from "../runtime/check.ts";
import type { Value } from "./graph/value.ts";

/** A function being compiled sees these. */
export interface Trace {
  /** What stands for the parameter within the function. */
  read(parameter: object): Value;
  assign(parameter: object, value: Value): void;
  /** Something outside the graph that the trace relied on: it holds only as long as `read` returns the same. */
  guard(read: () => unknown): void;
}

let depth = 0;
let compiled: Trace | undefined;

/** Whether a gradient is being taken or a function compiled. */
export const tracing = (): boolean => depth > 0;

/** The function being compiled, if there is one. */
export const currentTrace = (): Trace | undefined => compiled;

/** Runs f with what it makes kept for gradients. */
export function differentiating<T>(f: () => T): T {
  depth++;
  try {
    return f();
  } finally {
    depth--;
  }
}

export function compiling<T>(trace: Trace, f: () => T): T {
  compiled = trace;
  try {
    return differentiating(f);
  } finally {
    compiled = undefined;
  }
}

/**
 * Reads something that is not a tensor, such as a module's mode: a function compiled meanwhile is compiled anew when it has changed.
 * @example guarded(() => this.training)
 */
export function guarded<T>(read: () => T): T {
  checkFunction("read", read, { hint: "guarded(() => this.training)" });
  compiled?.guard(read);
  return read();
}
