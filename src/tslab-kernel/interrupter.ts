/** Stops the cell that runs in the main thread, from the socket thread. */

/** A signal that comes while the cell is still being compiled is spent before its code runs, so it is repeated. */
const repeatMs = 200;

export class Interrupter {
  readonly #tellMain: () => void;
  readonly #busy: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(tellMain: () => void, busy: () => boolean) {
    this.#tellMain = tellMain;
    this.#busy = busy;
  }

  /** SIGINT ends a synchronous cell (tslab runs it with breakOnSigint); a cell that awaits hears the message. */
  start(): void {
    this.stop();
    const interrupt = (): void => {
      process.kill(process.pid, "SIGINT");
      this.#tellMain();
    };
    interrupt();
    if (this.#busy()) this.#timer = setInterval(interrupt, repeatMs);
  }

  /** The cell has been answered. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
