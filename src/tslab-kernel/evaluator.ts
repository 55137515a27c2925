/**
 * Runs compiled cells. Their variables are declared once, at script level (compiler/homes.ts). A cell's first stretch runs as a debugger's evaluation,
 * which another thread can end without harm to what called it (terminator.ts).
 */
import { Session } from "node:inspector";
import vm from "node:vm";
import type { CompiledCell } from "./compiler/compiler.ts";
import { homeOf, kernelObject } from "./compiler/homes.ts";
import { flags } from "./messages.ts";
import { mapScript } from "./source-lines.ts";

/** What a cell gives: its last expression's value, if it ends with one. */
export type Given = { value: unknown } | undefined;

export type Outcome = { given: Given | Promise<Given> } | { error: unknown } | "ended";

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

  /** @throws {SyntaxError} where Node does not know what the compiler let pass. */
  prepare(name: string, { javascript, sourceMap, assigned, awaits }: CompiledCell): () => Given | Promise<Given> {
    const fresh = assigned.filter((variable) => !this.#declared.has(variable));
    for (const variable of fresh) this.#declared.add(variable);
    if (fresh.length > 0) vm.runInThisContext(`let ${fresh.map(homeOf).join(", ")};`);
    mapScript(name, { source: name, sourceMap, linesBefore: 1 });
    const script = new vm.Script(`(${awaits ? "async " : ""}() => { "use strict";\n${javascript}\n})`, { filename: name });
    return script.runInThisContext() as () => Given | Promise<Given>;
  }

  /** The values that variables have now. */
  read(names: readonly string[]): unknown[] {
    return names.length === 0 ? [] : (vm.runInThisContext(`[${names.map(homeOf).join(", ")}]`) as unknown[]);
  }

  /** Runs a prepared cell up to its first await. "ended": another thread has ended it. */
  begin(cell: () => Given | Promise<Given>): Outcome {
    let outcome: Outcome = "ended";
    this.#next = () => {
      Atomics.store(this.#shared, flags.inCell, 1);
      try {
        outcome = { given: cell() };
      } catch (error) {
        outcome = { error };
      }
    };
    this.#session.post("Runtime.evaluate", { expression, silent: true });
    Atomics.store(this.#shared, flags.inCell, 0);
    return outcome;
  }
}
