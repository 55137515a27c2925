/** What ends a run of many notebooks before its end: Ctrl-C, its time, and with `failFast` the first notebook that goes wrong. */
import { milliseconds, RunTimeout, type NotebookStatus } from "../execute/index.ts";
import { isGood } from "../report/index.ts";

export interface StopOptions {
  /** Stops what runs, and starts nothing more. */
  signal?: AbortSignal;
  /** How long all notebooks together may take; 0 is without end. @default without end */
  runTimeoutSeconds?: number;
  /** Starts nothing more once a notebook has gone wrong; those that run go on to their end. */
  failFast?: boolean;
}

export class RunStop {
  /** Stops notebooks that run. */
  readonly signal: AbortSignal;
  readonly #failFast: boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  #hasFailed = false;

  constructor({ signal, runTimeoutSeconds = 0, failFast = false }: StopOptions) {
    const time = new AbortController();
    this.signal = signal ? AbortSignal.any([signal, time.signal]) : time.signal;
    this.#failFast = failFast;
    if (runTimeoutSeconds <= 0) return;
    this.#timer = setTimeout(() => time.abort(new RunTimeout(runTimeoutSeconds)), milliseconds(runTimeoutSeconds)).unref();
  }

  get startsNothingMore(): boolean {
    return this.signal.aborted || (this.#failFast && this.#hasFailed);
  }

  note(status: NotebookStatus): void {
    if (!isGood(status) && status !== "skipped") this.#hasFailed = true;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
