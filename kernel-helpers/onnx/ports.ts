/** What is given for the inputs or outputs of a graph, checked by name, element type and sizes. */
import { ArgumentError } from "../errors.ts";
import { checkObject, shown } from "../runtime/check.ts";
import { checkArrayOf, type DType } from "./dtypes.ts";
import { checkCount, type OnnxValue } from "./tensor.ts";

export interface SessionValue {
  name: string;
  dtype: DType;
  /** Sizes, or the names of those that vary. */
  shape: readonly (number | string)[];
}

/** All inputs of a graph, or all outputs. */
export class Ports {
  readonly #kind: "input" | "output";
  readonly #known: ReadonlyMap<string, SessionValue>;

  constructor(kind: "input" | "output", known: readonly SessionValue[]) {
    this.#kind = kind;
    this.#known = new Map(known.map((value) => [value.name, value]));
  }

  /** @throws {ArgumentError} A name is unknown, a value does not fit, or an input is missing. */
  check(given: Readonly<Record<string, OnnxValue>>): void {
    const hint = `the ${this.#kind}s are ${[...this.#known.keys()].join(", ")}`;
    checkObject(`${this.#kind}s`, given, { hint });
    for (const expected of this.#known.values()) {
      const value = given[expected.name];
      if (value === undefined ? this.#kind === "output" : fits(value, expected)) continue;
      throw misfit(this.#kind, value, expected, hint);
    }
    const unknown = Object.keys(given).find((name) => !this.#known.has(name));
    if (unknown === undefined) return;
    throw new ArgumentError(`the graph has no ${this.#kind} "${unknown}"`, { hint, facts: { argument: unknown } });
  }
}

function fits(given: OnnxValue, { name, dtype, shape }: SessionValue): boolean {
  const { dims, data } = given ?? {};
  const isRight =
    given?.dtype === dtype &&
    Array.isArray(dims) &&
    dims.length === shape.length &&
    shape.every((size, axis) => typeof size === "string" || size === dims[axis]);
  if (isRight) {
    checkArrayOf(name, data, dtype);
    checkCount(`"${name}"`, data, dims);
  }
  return isRight;
}

function misfit(kind: string, given: OnnxValue | undefined, { name, dtype, shape }: SessionValue, hint: string): ArgumentError {
  const isValue = typeof given === "object" && given !== null && Array.isArray(given.dims);
  const found = given === undefined ? "nothing" : isValue ? `${given.dtype} (${given.dims.join(", ")})` : shown(given);
  const expected = `${dtype} (${shape.join(", ")})`;
  return new ArgumentError(`${kind} "${name}" is ${found}, expected ${expected}`, {
    hint: isValue || given === undefined ? hint : "make it with value(data, dims)",
    facts: { argument: name, expected, value: given },
  });
}
