/**
 * Cuts short what the main thread does: a synchronous stretch there hears no message, so it is paused and ended as a debugger would. It runs in
 * another thread.
 */
import { Session } from "node:inspector";
import { isModuleFile } from "./compiler/modules/module-files.ts";
import { flags } from "./messages.ts";

/**
 * Async hooks keep a stack of what runs, and Node aborts the process when a callback returns with something left on it, as it does when it is
 * terminated. Its own handling of uncaught exceptions empties the stack; the capture callback keeps listeners from hearing of it.
 */
const emptyHookStack = `{
  process.setUncaughtExceptionCaptureCallback(() => undefined);
  process._fatalException(undefined);
  process.setUncaughtExceptionCaptureCallback(null);
}`;

const kernelFolder = new URL(".", import.meta.url).href;

/**
 * How long code may stay in a library before it is ended there. Where a library calls native code next, that ends the whole process: N-API cannot
 * go on in a thread that is to be ended. In a cell's own lines the next call is checked before it goes so far.
 */
const libraryPatienceMs = 5000;
/** JavaScript pauses at once; native code does not until it is over. */
const promptMs = 30;

export class Terminator {
  readonly #shared: Int32Array;
  readonly #isWanted: () => boolean;
  #session: Session | undefined;
  /** Script's id → its name, as the debugger tells when it is enabled. */
  readonly #scripts = new Map<string, string>();
  #firstAsked = 0;
  #asked = 0;

  /** @param isWanted Whether the cell that is to be ended still runs, asked when it is paused. */
  constructor(shared: Int32Array, isWanted: () => boolean) {
    this.#shared = shared;
    this.#isWanted = isWanted;
  }

  /** @param isFirst Whether this is the first try for the cell. */
  terminate(isFirst: boolean): void {
    const session = (this.#session ??= this.#connect());
    this.#asked = performance.now();
    if (isFirst) this.#firstAsked = this.#asked;
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  }

  #connect(): Session {
    const session = new Session();
    session.connectToMainThread();
    session.on("Debugger.scriptParsed", ({ params }) => this.#scripts.set(params.scriptId, params.url));
    session.on("Debugger.paused", ({ params }) => {
      // The first stretch runs within an evaluation of the kernel's (evaluator.ts), which ends there and leaves the kernel alone.
      const isFirstStretch = Atomics.load(this.#shared, flags.inCell) === 1;
      const scripts = params.callFrames
        .map(({ location }) => this.#scripts.get(location.scriptId) ?? "")
        .filter((name) => name !== "" && !name.startsWith("node:"));
      if (this.#isWanted() && (isFirstStretch || isCellsOwn(scripts)) && this.#isSafe(scripts)) {
        if (!isFirstStretch) session.post("Runtime.evaluate", { expression: emptyHookStack });
        session.post("Runtime.terminateExecution");
      }
      session.post("Debugger.resume");
      // Enabled it slows the code down.
      session.post("Debugger.disable");
    });
    return session;
  }

  #isSafe([innermost = ""]: readonly string[]): boolean {
    if (isReaders(innermost)) return true;
    const now = performance.now();
    return now - this.#firstAsked > libraryPatienceMs && now - this.#asked < promptMs;
  }
}

/** Of a cell, or of a TypeScript file beside the notebook. */
const isReaders = (script: string): boolean => script.startsWith("cell[") || isModuleFile(script);

/** The kernel's own work must go on. */
const isCellsOwn = (scripts: readonly string[]): boolean => scripts.length > 0 && !scripts.at(-1)!.startsWith(kernelFolder);
