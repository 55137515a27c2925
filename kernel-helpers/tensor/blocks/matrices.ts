import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { block, unblock, type Form } from "./operators.ts";

/** Where each value of the old graph is to be found in the new one: plain, in blocks, or both. What is not there yet is made, once. */
export class Matrices {
  /** How many channels lie together. */
  readonly b: number;
  readonly #plain = new Map<Value, Value>();
  readonly #blocked: Readonly<Record<Form, Map<Value, Value>>> = { columns: new Map(), rows: new Map() };

  constructor(b: number) {
    this.b = b;
  }

  set(value: Value, form: Form | "plain", found: Value): void {
    (form === "plain" ? this.#plain : this.#blocked[form]).set(value, found);
  }

  plain(value: Value): Value {
    const form = (["columns", "rows"] as const).find((each) => this.#blocked[each].has(value));
    const found = this.#plain.get(value) ?? (form ? unblock(this.#blocked[form].get(value)!, form, value.shape) : value);
    this.#plain.set(value, found);
    return found;
  }

  blocked(value: Value, form: Form): Value {
    const found = this.#blocked[form].get(value) ?? block(this.plain(value), form, this.b);
    this.#blocked[form].set(value, found);
    return found;
  }

  /** How many numbers have to be moved to have the value in that form. */
  cost(value: Value, form: Form): number {
    if (this.#blocked[form].has(value)) return 0;
    const isPlain = this.#plain.has(value) || Object.values(this.#blocked).every((known) => !known.has(value));
    return sizeOf(value.shape) * (isPlain ? 1 : 2);
  }
}
