/**
 * Stopping long work from the notebook's ■ or with Ctrl-C. A kernel fails the cell that awaits, but the work itself goes on unless somebody
 * stops it: this gives a signal that does.
 */
import { setMaxListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { InterruptedError } from "../errors.ts";

const interrupted = (): InterruptedError => new InterruptedError("interrupted", { hint: "run the cell again to start over" });

const globals = globalThis as { __cairn__?: { isInterrupted?(): boolean } };

/**
 * For work that awaits nothing: throws when ■ was pressed since the cell began. Native calls ask before they begin, for within one nothing can be
 * stopped. Outside of Cairn's kernel nobody can press it.
 */
export function throwIfInterrupted(): void {
  if (globals.__cairn__?.isInterrupted?.()) throw interrupted();
}

export interface Interrupt extends Disposable {
  /** Aborts at the next SIGINT, or with the signal that was passed in. */
  readonly signal: AbortSignal;
}

/**
 * Listens until it is disposed of. Call it with `using interrupt = await interruptible(signal)` and ask
 * `interrupt.signal.throwIfAborted()` between pieces of work of at most some 50 ms, awaiting something in between: signals are heard only then.
 */
export async function interruptible(outer?: AbortSignal): Promise<Interrupt> {
  // Stock tslab runs a cell's first, synchronous part under breakOnSigint; a listener added within it would be detached, and a later SIGINT would end the kernel.
  await setImmediate();
  const controller = new AbortController();
  const onSigint = (): void => controller.abort(interrupted());
  process.on("SIGINT", onSigint);
  const signal = outer ? AbortSignal.any([controller.signal, outer]) : controller.signal;
  setMaxListeners(0, signal); // many texts or files at once may listen: Node takes more than ten for a leak, and says so in the cell
  return {
    signal,
    [Symbol.dispose]: () => void process.off("SIGINT", onSigint),
  };
}
