/** Stops the cell that runs in the main thread, from the socket thread. */
import { mainThreadWaits, signalAll, youngProcesses } from "./children.ts";
import { flags } from "./messages.ts";
import { processTime } from "./process-time.ts";
import { Terminator } from "./terminator.ts";

/** How long the main thread may take to hear of an interrupt before what keeps it busy is cut short; and how often that is tried. */
const patienceMs = 100;

/** At which try what the cell waits for is told to end, as by Ctrl-C and then more firmly. */
const signals: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [3, "SIGINT"],
  [8, "SIGTERM"],
  [13, "SIGKILL"],
]);

/** What has begun just before the cell was noted to begin may have been started by it. */
const slackSeconds = 0.2;

export interface InterrupterOptions {
  tellMain: () => void;
  shared: Int32Array;
}

export class Interrupter {
  readonly #options: InterrupterOptions;
  readonly #terminator: Terminator;
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;

  constructor(options: InterrupterOptions) {
    this.#options = options;
    this.#terminator = new Terminator(options.shared, () => !this.#isHeard);
  }

  get #isHeard(): boolean {
    return Atomics.load(this.#options.shared, flags.heard) >= this.#asked;
  }

  #signalChildren(signal: NodeJS.Signals | undefined): void {
    if (!signal || !mainThreadWaits()) return;
    const cellSeconds = (processTime() - Atomics.load(this.#options.shared, flags.begun)) / 10;
    signalAll(youngProcesses(cellSeconds + slackSeconds), signal);
  }

  /** A cell that awaits ends when the main thread hears of it, or at its next await (gate.ts). One that does not let it hear is ended. */
  start(): void {
    const { shared, tellMain } = this.#options;
    clearInterval(this.#timer);
    Atomics.store(shared, flags.interrupted, 1);
    // A cell that waits for an answer of the reader stands still.
    Atomics.notify(shared, flags.answers);
    this.#asked++;
    tellMain();
    let tries = 0;
    this.#timer = setInterval(() => {
      if (this.#isHeard) clearInterval(this.#timer);
      else {
        this.#terminator.terminate(tries++ === 0);
        this.#signalChildren(signals.get(tries));
      }
    }, patienceMs);
  }
}
