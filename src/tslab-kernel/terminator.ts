/**
 * Cuts short what the main thread does: a synchronous stretch there hears no message, so it is paused and ended as a debugger would. It runs in
 * another thread.
 */
import { type Debugger, Session } from "node:inspector";
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

export class Terminator {
  readonly #shared: Int32Array;
  #session: Session | undefined;
  /** Script's id → its name, as the debugger tells when it is enabled. */
  readonly #scripts = new Map<string, string>();

  readonly #isWanted: () => boolean;

  /** @param isWanted Whether the cell that is to be ended still runs, asked when it is paused. */
  constructor(shared: Int32Array, isWanted: () => boolean) {
    this.#shared = shared;
    this.#isWanted = isWanted;
  }

  terminate(): void {
    const session = (this.#session ??= this.#connect());
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
      if (this.#isWanted() && (isFirstStretch || this.#isCellsOwn(params.callFrames))) {
        if (!isFirstStretch) session.post("Runtime.evaluate", { expression: emptyHookStack });
        session.post("Runtime.terminateExecution");
      }
      session.post("Debugger.resume");
      // Enabled it slows the code down.
      session.post("Debugger.disable");
    });
    return session;
  }

  /** The kernel's own work must go on. */
  #isCellsOwn(frames: readonly Debugger.CallFrame[]): boolean {
    const names = frames.map(({ location }) => this.#scripts.get(location.scriptId) ?? "");
    const outermost = names.findLast((name) => name !== "" && !name.startsWith("node:"));
    return outermost !== undefined && !outermost.startsWith(kernelFolder);
  }
}
