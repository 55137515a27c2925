/** Stops the cell that runs in the main thread, from the socket thread. */
import { Session } from "node:inspector";

/** A signal that comes while the cell is still being compiled is spent before its code runs, so it is repeated. */
const repeatMs = 200;
/** What has not stopped by itself after so many repeats is cut short. */
const patience = 4;

export interface InterrupterOptions {
  tellMain: () => void;
  /** Whether a request waits for its reply. */
  isBusy: () => boolean;
  /** Whether only the cell would be hit if the main thread's JavaScript were cut short now. */
  mayTerminate: () => boolean;
}

export class Interrupter {
  readonly #options: InterrupterOptions;
  #timer: NodeJS.Timeout | undefined;
  #session: Session | undefined;

  constructor(options: InterrupterOptions) {
    this.#options = options;
  }

  /** SIGINT ends a synchronous cell (tslab runs it with breakOnSigint); a cell that awaits hears the message. */
  start(): void {
    this.stop();
    let tries = 0;
    const interrupt = (): void => {
      process.kill(process.pid, "SIGINT");
      this.#options.tellMain();
      if (tries++ >= patience && this.#options.mayTerminate()) this.#terminate();
    };
    interrupt();
    if (this.#options.isBusy()) this.#timer = setInterval(interrupt, repeatMs);
  }

  /** A synchronous stretch after a cell's first await hears neither the signal nor the message: only the debugger's way reaches it. */
  #terminate(): void {
    if (!this.#session) {
      this.#session = new Session();
      this.#session.connectToMainThread();
    }
    this.#session.post("Runtime.terminateExecution");
  }

  /** The cell has been answered. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
