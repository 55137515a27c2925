/** Everything a cell shows goes to the cell that started the code that shows it, also when that cell ended long ago. */
import { StringDecoder } from "node:string_decoder";
import { inspect } from "node:util";
import { type Cell, owner } from "./cell.ts";
import type { Failure } from "./failure.ts";
import type { Link } from "./link.ts";
import type { StreamName } from "./messages.ts";

type MimeBundle = Record<string, unknown>;

interface DisplayOptions {
  displayId?: string | undefined;
  update?: boolean | undefined;
  metadata?: Record<string, unknown> | undefined;
}

export class Output {
  readonly #link: Link;
  /** Who gets what no cell owns. */
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
      const cell = this.#cell;
      if (text !== "" && !cell?.silent) this.#link.stream(name, text, cell?.request.header);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
  }

  publish(type: string, content: Record<string, unknown>): void {
    const cell = this.#cell;
    if (!cell?.silent) this.#link.publish(type, content, cell?.request.header);
  }

  display(data: MimeBundle, { displayId, update, metadata = {} }: DisplayOptions = {}): void {
    const transient = displayId === undefined ? {} : { display_id: displayId };
    this.publish(update ? "update_display_data" : "display_data", { data, metadata, transient });
  }

  /** Empties what the cell has shown, at once or (`wait`) when the next output comes. */
  clear({ wait = false }: { wait?: boolean } = {}): void {
    this.publish("clear_output", { wait });
  }

  error(cell: Cell, failure: Failure): void {
    if (!cell.silent) this.#link.publish("error", { ...failure }, cell.request.header);
  }
}

const displaySymbol = Symbol.for("Jupyter.display");
const metadataSymbol = Symbol.for("Jupyter.displayMetadata");

/** What a value says of itself under a symbol: an object, or a function that gives one. */
async function saidOf(value: unknown, symbol: symbol): Promise<Record<string, unknown> | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const own = (value as Record<symbol, unknown>)[symbol];
  const said: unknown = typeof own === "function" ? await own.call(value) : own;
  return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : undefined;
}

/** A value as a MIME bundle with its metadata: what it says of itself, else as Node shows it. */
export async function shownValue(value: unknown): Promise<{ data: MimeBundle; metadata: Record<string, unknown> }> {
  const bundle = await saidOf(value, displaySymbol);
  if (!bundle) return { data: { "text/plain": inspect(value, { depth: 4 }) }, metadata: {} };
  const data = "text/plain" in bundle ? bundle : { ...bundle, "text/plain": inspect(value) };
  return { data, metadata: (await saidOf(value, metadataSymbol)) ?? {} };
}
