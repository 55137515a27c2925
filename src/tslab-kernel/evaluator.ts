/**
 * Runs compiled cells. Their variables are declared once, at script level (compiler/homes.ts). A cell's first stretch runs as a debugger's evaluation,
 * which another thread can end without harm to what called it (terminator.ts).
 */
import { Session } from "node:inspector";
import vm from "node:vm";
import type { CompiledCell } from "./compiler/compiler.ts";
import { cellScript } from "./compiler/cell-script.ts";
import { homeOf, kernelObject } from "./compiler/homes.ts";
import { flags } from "./messages.ts";
import { noteNames } from "./readable.ts";
import { mapScript } from "./source-lines.ts";

/** The value of a cell: that of its last expression, if it ends with one. */
export type Given = { value: unknown } | undefined;

const expression = "globalThis[Symbol.for('cairn.run')]()";

export class Evaluator {
  readonly #session = new Session();
  readonly #shared: Int32Array;
  readonly #declared = new Set<string>();
  #next: () => void = () => undefined;

  /** @param own What cells reach as the kernel's object. */
  constructor(own: object, shared: Int32Array) {
    this.#shared = shared;
    this.#session.connect();
    Object.defineProperty(globalThis, Symbol.for("cairn.run"), { value: () => this.#next() });
    (vm.runInThisContext(`let ${kernelObject}; (own) => void (${kernelObject} = own)`) as (own: object) => void)(own);
  }

  /** @throws {SyntaxError} Node does not know what the compiler let pass. */
  prepare(name: string, compiled: CompiledCell): () => Given | Promise<Given> {
    const { sourceMap, assigned } = compiled;
    const fresh = assigned.filter((variable) => !this.#declared.has(variable));
    if (fresh.length > 0) vm.runInThisContext(`let ${fresh.map(homeOf).join(", ")};`);
    for (const variable of fresh) this.#declared.add(variable);
    noteNames(fresh);
    mapScript(name, { source: name, sourceMap, linesBefore: 1 });
    const script = new vm.Script(cellScript(compiled), { filename: name });
    return script.runInThisContext() as () => Given | Promise<Given>;
  }

  /** The values that variables have now. */
  read(names: readonly string[]): unknown[] {
    return names.length === 0 ? [] : (vm.runInThisContext(`[${names.map(homeOf).join(", ")}]`) as unknown[]);
  }

  /**
   * Does what is the reader's code, or may call it: a cell up to its first await, a value's own display. Nothing when another thread has ended it,
   * as it can here and nowhere else in the kernel's own work.
   *
   * @throws what the work throws.
   */
  guard<T>(work: () => T): T | undefined {
    let outcome: { value: T } | { error: unknown } | undefined;
    this.#next = () => {
      Atomics.store(this.#shared, flags.inCell, 1);
      try {
        outcome = { value: work() };
      } catch (error) {
        outcome = { error };
      }
    };
    this.#session.post("Runtime.evaluate", { expression, silent: true });
    Atomics.store(this.#shared, flags.inCell, 0);
    const ended = outcome as { value: T } | { error: unknown } | undefined; // the compiler sees no assignment
    if (ended && "error" in ended) throw ended.error;
    return ended?.value;
  }
}
