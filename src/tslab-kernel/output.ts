/** Everything a cell shows goes to the cell that started the code that shows it, also when that cell ended long ago. */
import { StringDecoder } from "node:string_decoder";
import { type Cell, owner } from "./cell.ts";
import type { Failure } from "./failure.ts";
import { Buffer } from "./intrinsics.ts";
import type { Link } from "./link.ts";
import { type MimeBundle, sendable, sendableMetadata } from "./mime-bundle.ts";
import type { StreamName } from "./messages.ts";
import { StreamBudget } from "./stream-budget.ts";

interface DisplayOptions {
  displayId?: string | undefined;
  update?: boolean | undefined;
  metadata?: Record<string, unknown> | undefined;
}

export class Output {
  readonly #link: Link;
  readonly #budgets = new WeakMap<Cell, StreamBudget>();
  /** Gets what no cell owns. */
  lastCell: Cell | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  get #cell(): Cell | undefined {
    return owner.getStore() ?? this.lastCell;
  }

  /** Makes process.stdout and process.stderr, and so console, write into the notebook. */
  captureStreams(): void {
    for (const name of ["stdout", "stderr"] as const) process[name].write = this.#writer(name);
  }

  #writer(name: StreamName): typeof process.stdout.write {
    const decoder = new StringDecoder("utf8");
    return (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
      const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
      if (text !== "") this.#stream(name, text);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
  }

  #stream(name: StreamName, text: string): void {
    const cell = this.#cell;
    if (cell?.silent) return;
    if (!cell) return this.#link.stream(name, text, undefined);
    let budget = this.#budgets.get(cell);
    if (!budget) {
      budget = new StreamBudget((stream, part) => this.#link.stream(stream, part, cell.request.header));
      this.#budgets.set(cell, budget);
    }
    budget.write(name, text);
  }

  /** What was kept back of the cell's text comes before anything else of it. */
  flush(cell: Cell | undefined): void {
    if (cell) this.#budgets.get(cell)?.flush();
  }

  publish(type: string, content: Record<string, unknown>): void {
    const cell = this.#cell;
    if (cell?.silent) return;
    this.flush(cell);
    this.#link.publish(type, content, cell?.request.header);
  }

  display(data: MimeBundle, { displayId, update, metadata }: DisplayOptions = {}): void {
    const transient = displayId === undefined ? {} : { display_id: displayId };
    this.publish(update ? "update_display_data" : "display_data", {
      data: sendable(data),
      metadata: sendableMetadata(metadata),
      transient,
    });
  }

  /** Empties what the cell has shown, at once or (`wait`) when the next output comes. */
  clear({ wait = false }: { wait?: boolean } = {}): void {
    this.publish("clear_output", { wait });
  }

  error(cell: Cell, failure: Failure): void {
    if (cell.silent) return;
    this.flush(cell);
    this.#link.publish("error", { ...failure }, cell.request.header);
  }
}
