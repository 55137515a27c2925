/** One execute_request from its arrival to its reply, and whose code it is that runs just now. */
import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import type { Amended } from "./compiler/language/amend.ts";
import type { Failure } from "./failure.ts";
import { type Message, textOf } from "./wire.ts";

export class Cell {
  readonly request: Message;
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly allowStdin: boolean;
  readonly stopOnError: boolean;
  /** The sender has read in the notebook's metadata that its cells are to be checked strictly. */
  readonly isStrict: boolean;
  readonly count: number;
  /** What stacks and other cells call it: `cell[3]`, and `cell[3.1]` for one that is not counted. No two have the same. */
  readonly name: string;
  /** Set once; what comes after it is not the reason. */
  failure: Failure | undefined;
  answered = false;
  /** The text that was compiled, where it is not the cell's own. */
  amended: Amended | undefined;
  /** Its code is to go no further than the next await. */
  isStopped = false;

  /** @param uncounted How many cells have not been counted so far. */
  constructor(request: Message, previousCount: number, uncounted: number) {
    const { content } = request;
    this.request = request;
    this.code = textOf(content, "code");
    this.silent = content["silent"] === true;
    this.storeHistory = !this.silent && content["store_history"] !== false;
    this.allowStdin = content["allow_stdin"] === true;
    this.isStrict = (request.metadata["typescript"] as { strict?: unknown } | undefined)?.strict === true;
    this.stopOnError = content["stop_on_error"] !== false;
    this.count = this.storeHistory ? previousCount + 1 : previousCount;
    this.name = this.storeHistory ? `cell[${this.count}]` : `cell[${this.count}.${uncounted + 1}]`;
  }

  static {
    // Node hangs the owner on what it starts, such as a timer, and shows it with that.
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Cell): string {
        return `[${this.name}]`;
      },
    });
  }
}

/** The cell that started what runs now, through all its timers, promises and callbacks. */
export const owner: AsyncLocalStorage<Cell> = new AsyncLocalStorage<Cell>();
