/** Ctrl-C: the first stops cleanly, a second ends at once. Kernels are ended in both cases (kernel/reaper.ts). */

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type EndSignal = keyof typeof exitCodes;

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #listeners: [EndSignal, () => void][] = [];
  #exitCode: number | undefined;
  /** Nothing runs that a signal would have to stop. */
  isIdle = false;

  constructor() {
    for (const name of Object.keys(exitCodes) as EndSignal[]) {
      const listener = (): void => this.#hear(name);
      process.on(name, listener);
      this.#listeners.push([name, listener]);
    }
  }

  /** Aborted at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Set once there was a signal: 130 for Ctrl-C. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  release(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #hear(name: EndSignal): void {
    if (this.#exitCode !== undefined) process.exit(this.#exitCode);
    this.#exitCode = exitCodes[name];
    if (!this.isIdle)
      process.stderr.write("\ncairn: stopping; what there is so far is being written. Press Ctrl-C again to end at once.\n");
    this.#controller.abort();
  }
}
