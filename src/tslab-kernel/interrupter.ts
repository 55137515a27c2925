/** Stops the cell that runs in the main thread, from the socket thread. */
import { Terminator } from "./terminator.ts";

/** A signal that comes while the cell is still being compiled is spent before its code runs, so it is repeated. */
const repeatMs = 200;
/** What has not stopped by itself after so many repeats is cut short. */
const patience = 4;

export interface InterrupterOptions {
  tellMain: () => void;
  /** Whether a request waits for its reply. */
  isBusy: () => boolean;
}

export class Interrupter {
  readonly #options: InterrupterOptions;
  #timer: NodeJS.Timeout | undefined;
  readonly #terminator = new Terminator();

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
      if (tries++ >= patience) this.#terminator.terminate();
    };
    interrupt();
    if (this.#options.isBusy()) this.#timer = setInterval(interrupt, repeatMs);
  }

  /** The cell has been answered. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
