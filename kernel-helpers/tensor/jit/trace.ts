/** Recording a function: it runs once on placeholders, and what it did with them becomes the graph. */
import { ArgumentError } from "../../errors.ts";
import { makeSource, type Value } from "../graph/value.ts";
import type { Parameter } from "../parameter.ts";
import { Tensor } from "../tensor.ts";
import { compiling, type Trace } from "../tracing.ts";
import { checkTree, mapTensors, tensorsOf } from "./tree.ts";

export interface Recording {
  /** Placeholders of the arguments' tensors, in order. */
  readonly arguments: readonly Value[];
  /** Each parameter that was read, with its placeholder. */
  readonly read: ReadonlyMap<Parameter, Value>;
  /** Each parameter that was assigned, with its new value. */
  readonly assigned: ReadonlyMap<Parameter, Value>;
  /** What the function returned; its tensors are expressions. */
  readonly result: unknown;
  /** Whether everything outside that the recording relied on is still the same. */
  holds(): boolean;
}

export function record(f: (...given: never[]) => unknown, given: readonly unknown[]): Recording {
  const read = new Map<Parameter, Value>();
  const assigned = new Map<Parameter, Value>();
  const guards: { read: () => unknown; seen: unknown }[] = [];
  const trace: Trace = {
    read(target) {
      const parameter = target as Parameter;
      const now = assigned.get(parameter) ?? read.get(parameter);
      if (now) return now;
      const { shape, dtype } = parameter.type;
      const placeholder = makeSource({ shape, dtype });
      read.set(parameter, placeholder);
      return placeholder;
    },
    assign: (target, value) => void assigned.set(target as Parameter, value),
    guard: (check) => void guards.push({ read: check, seen: check() }),
  };
  const placeholders = given.map((argument) => mapTensors(argument, ({ shape, dtype }) => new Tensor(makeSource({ shape, dtype }))));
  const result = compiling(trace, () => f(...(placeholders as never[])));
  if (result instanceof Promise) {
    throw new ArgumentError("jit was given an async function", {
      hint: "await what it needs before the call and pass it as an argument",
    });
  }
  checkTree("the result", result);
  return {
    arguments: tensorsOf(placeholders).map(({ value }) => value),
    read,
    assigned,
    result,
    holds: () => guards.every(({ read: check, seen }) => check() === seen),
  };
}
