/** The main thread's end of the compiler's thread. */
import { type MessagePort, Worker } from "node:worker_threads";
import type { Compilation, CompileOptions, CompilerOptions } from "./compiler/compiler.ts";
import type { Location } from "./compiler/modules/locate.ts";
import type { Answer, CompilerQuestion } from "./compiler/questions.ts";
import { Promise } from "./intrinsics.ts";

/** V8's default is 48: nearly all that the compiler makes stays, so a larger nursery only makes the kernel larger, by 10 MB. */
const maxYoungGenerationSizeMb = 8;

export class CompilerLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  /** Compilations up to this one are given up. */
  readonly #cancelled: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  #asked = 0;
  #compilations = 0;

  /** @param frontEnd Where questions of front ends come from. */
  constructor(options: CompilerOptions, frontEnd: MessagePort) {
    this.#worker = new Worker(new URL("./compiler/thread.js", import.meta.url), {
      workerData: { options: { ...options, cancelled: this.#cancelled }, frontEnd },
      transferList: [frontEnd],
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => this.#hear(answer));
    this.#worker.on("error", (error) => {
      console.error(error);
      process.exit(1);
    });
  }

  /**
   * @param name How stacks call the cell.
   */
  compile(name: string, code: string, { mayAmend, isStrict }: Required<CompileOptions>): Promise<Compilation> {
    this.#compilations++;
    return this.#ask((id) => ({ kind: "compile", id, name, code, mayAmend, isStrict }));
  }

  /** The cell that was compiled last has ended, and has not assigned to these names. */
  settle(unreached: string[]): void {
    this.#worker.postMessage({ kind: "settle", unreached } satisfies CompilerQuestion);
  }

  /** The cell that was compiled last, or is being compiled, is not run. */
  abandon(): void {
    Atomics.store(this.#cancelled, 0, this.#compilations);
    this.#worker.postMessage({ kind: "abandon" } satisfies CompilerQuestion);
  }

  /** What an import of `specifier` in the file `from` is to load. @throws as Node's import does for a module that is not there. */
  locate(specifier: string, from: string): Promise<Location> {
    return this.#ask((id) => ({ kind: "locate", id, specifier, from }));
  }

  #ask<T>(question: (id: number) => CompilerQuestion): Promise<T> {
    const id = ++this.#asked;
    this.#worker.postMessage(question(id));
    return new Promise<T>((resolve, reject) => this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject }));
  }

  #hear(answer: Answer): void {
    const asker = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("value" in answer) return asker?.resolve(answer.value);
    const { name, message, code } = answer.error;
    asker?.reject(Object.assign(new Error(message), { name }, code === undefined ? {} : { code }));
  }
}
