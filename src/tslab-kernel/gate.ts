/**
 * Where the code of a cell stops that was interrupted: at its next await, in its own text or in a function of an earlier cell. The compiler turns
 * `await x` into `resume(await pause(x))`.
 */
import { type Cell, owner } from "./cell.ts";
import { flags } from "./messages.ts";

const thrown = new WeakSet<object>();

/** What ends the code of a stopped cell. It is not reported: the cell's reply says that it was interrupted. */
export class Interruption extends Error {
  constructor() {
    super("the cell was interrupted");
    thrown.add(this);
  }

  /** Asks nothing of the value, which may be a Proxy. */
  static is(value: unknown): boolean {
    return typeof value === "object" && value !== null && thrown.has(value);
  }

  static {
    Object.defineProperty(this.prototype, "name", { value: "Interrupted" });
  }
}

const never = new Promise<never>(() => undefined);

export class Gate {
  readonly #shared: Int32Array;
  /** Cells that have been told once to stop, by an exception. */
  readonly #told = new WeakSet<Cell>();
  /** The cell that runs now. */
  running: Cell | undefined;
  /** Cells up to this one have been stopped after they had ended. */
  #stoppedCount = 0;

  constructor(shared: Int32Array) {
    this.#shared = shared;
  }

  /** Ends what cells that have ended go on with, at its next await. */
  stopCells(count: number): void {
    this.#stoppedCount = count;
  }

  #isStopped(cell: Cell | undefined): cell is Cell {
    return cell !== undefined && (cell.isStopped || cell.count <= this.#stoppedCount);
  }

  /** Code that caught the interruption, and would go on, waits for ever. */
  pause = <T>(value: T): T | Promise<never> => {
    const cell = owner.getStore();
    return this.#isStopped(cell) && this.#told.has(cell) ? never : value;
  };

  resume = <T>(value: T): T => {
    // A loop of promises that are settled already keeps messages from being heard, but not this.
    if (this.running && Atomics.load(this.#shared, flags.interrupted) === 1) this.running.isStopped = true;
    const cell = owner.getStore();
    if (!this.#isStopped(cell)) return value;
    this.#told.add(cell);
    throw new Interruption();
  };
}
