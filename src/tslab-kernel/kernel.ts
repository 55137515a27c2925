/** The main thread: takes requests one by one, runs cells in tslab's executor, and says in protocol terms what became of them. */
import { createRequire } from "node:module";
import type { Executor } from "tslab/dist/executor.js";
import { Cell, owner } from "./cell.ts";
import { type CellConverter, createCellConverter } from "./compiler.ts";
import { compileFailure, type Failure, interrupted, thrownFailure } from "./failure.ts";
import { History } from "./history.ts";
import { Inputs } from "./input.ts";
import { complete, inspectAt, isComplete, kernelInfo } from "./language.ts";
import { Link } from "./link.ts";
import type { Incoming } from "./messages.ts";
import { Output, shownValue } from "./output.ts";
import { formatStacksInSourceLines } from "./source-lines.ts";
import { type Message, textOf } from "./wire.ts";

const require = createRequire(import.meta.url);

export class Kernel {
  readonly #link: Link;
  readonly #output: Output;
  readonly #inputs: Inputs;
  readonly #history = new History();
  readonly #queue: Message[] = [];
  #converter!: CellConverter;
  #executor!: Executor;
  #running: Cell | undefined;
  #working = false;
  #count = 0;
  #result: { value: unknown } | undefined;
  #fenced: (() => void) | undefined;

  constructor(connectionFile: string) {
    this.#link = new Link(connectionFile, kernelInfo());
    this.#output = new Output(this.#link);
    this.#inputs = new Inputs(this.#link);
    this.#link.onMessage((message) => this.#receive(message));
  }

  start(): void {
    this.#converter = createCellConverter();
    const { createExecutor } = require("tslab/dist/executor.js") as typeof import("tslab/dist/executor.js");
    const converters = { node: this.#converter, browser: this.#converter, close: () => this.#converter.close() };
    this.#executor = createExecutor(process.cwd(), converters, {
      log: (value) => (this.#result = { value }),
      error: (error) => this.#fail(this.#running!, () => thrownFailure(this.#running!.name, this.#running!.code, error)),
    });
    this.#output.captureStreams();
    this.#installGlobals();
    formatStacksInSourceLines();
    process.on("SIGINT", () => this.#interrupt());
    process.on("uncaughtException", (error) => this.#stray(error));
    process.on("unhandledRejection", (reason) => this.#stray(reason));
    this.#link.ready();
    void this.#work();
  }

  /** The ways out of a cell: ours, which kernel-helpers use, and tslab's display. */
  #installGlobals(): void {
    const display = this.#output.display.bind(this.#output);
    const clear = this.#output.clear.bind(this.#output);
    const input = this.#inputs.ask.bind(this.#inputs);
    Object.assign(globalThis, { __cairn__: { display, clear, input } });
    const jupyter = require("tslab/dist/jupyter.js") as { lastWriteDisplayData: unknown };
    jupyter.lastWriteDisplayData = (content: { data: Record<string, unknown>; transient: { display_id?: string } }, update?: boolean) =>
      display(content.data, { displayId: content.transient.display_id, update });
  }

  #receive(message: Incoming): void {
    switch (message.kind) {
      case "shell":
        this.#queue.push(message.message);
        return void this.#work();
      case "stdin":
        return this.#inputs.answer(message.message);
      case "fence":
        return this.#fenced?.();
      case "interrupt":
        return this.#interrupt();
      case "shutdown":
        process.exit(0);
    }
  }

  /** tslab's own way out of a cell that awaits; a synchronous one has been ended by the signal. */
  #interrupt(): void {
    if (!this.#running) return;
    this.#fail(this.#running, interrupted);
    this.#inputs.cancel();
    this.#executor.interrupt();
  }

  /** An exception that nobody caught fails the cell that owns it, or is shown beneath that cell if it has been answered. */
  #stray(error: unknown): void {
    const cell = owner.getStore() ?? this.#running ?? this.#output.lastCell;
    if (!cell) return void process.stderr.write(`${String(error)}\n`);
    const failure = thrownFailure(cell.name, cell.code, error);
    if (cell.answered) return this.#output.error(cell, failure);
    this.#fail(cell, () => failure);
    this.#executor.interrupt();
  }

  #fail(cell: Cell, failure: () => Failure): void {
    cell.failure ??= failure();
  }

  async #work(): Promise<void> {
    if (this.#working || !this.#executor) return;
    this.#working = true;
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      try {
        await this.#handle(message);
      } catch (error) {
        // tslab stumbled over the request; the next one may be all right.
        this.#link.reply(message, { status: "error", ...thrownFailure("", "", error) });
      }
    }
    this.#working = false;
  }

  /** Not async: that would put a step of ours behind the cell's in the microtask queue, which is dropped when the cell is cut short. */
  #handle(message: Message): Promise<void> | void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "execute_request":
        return this.#execute(message);
      case "kernel_info_request":
        return this.#link.reply(message, kernelInfo());
      case "complete_request":
        return this.#link.reply(message, complete(this.#executor, content));
      case "inspect_request":
        return this.#link.reply(message, inspectAt(this.#executor, content));
      case "is_complete_request":
        return this.#link.reply(message, isComplete(textOf(content, "code")));
      case "history_request":
        return this.#link.reply(message, { status: "ok", history: this.#history.find(content) });
      case "comm_info_request":
        return this.#link.reply(message, { status: "ok", comms: {} });
      case "comm_open":
        this.#link.publish("comm_close", { comm_id: content["comm_id"], data: {} }, message.header);
        return this.#link.done(message);
      default:
        return this.#link.done(message);
    }
  }

  async #execute(message: Message): Promise<void> {
    const cell = new Cell(message, this.#count);
    this.#count = cell.count;
    if (cell.storeHistory) this.#history.add(cell.count, cell.code);
    this.#running = this.#output.lastCell = cell;
    const reply = await owner.run(cell, () => this.#run(cell));
    this.#running = undefined;
    const aborted = cell.failure && cell.stopOnError ? await this.#takeWaiting() : [];
    cell.answered = true;
    this.#link.reply(message, reply);
    for (const waiting of aborted) this.#link.reply(waiting, { status: "aborted" });
  }

  async #run(cell: Cell): Promise<Record<string, unknown>> {
    if (!cell.silent) this.#output.publish("execute_input", { code: cell.code, execution_count: cell.count });
    this.#result = undefined;
    this.#converter.cellName = cell.name;
    this.#converter.diagnostics = [];
    try {
      const execution = this.#executor.execute(cell.code);
      rearmSigint();
      await execution;
      const { diagnostics } = this.#converter;
      if (diagnostics.length > 0) cell.failure = compileFailure(cell.name, cell.code, diagnostics);
      // Promises rejected and left alone by the cell are reported after a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#showResult(cell);
    } catch (error) {
      this.#fail(cell, () => thrownFailure(cell.name, cell.code, error));
    }
    if (!cell.failure) return { status: "ok", execution_count: cell.count, payload: [], user_expressions: {} };
    this.#output.error(cell, cell.failure);
    return { status: "error", execution_count: cell.count, ...cell.failure };
  }

  async #showResult(cell: Cell): Promise<void> {
    if (!this.#result || cell.failure || cell.silent) return;
    const shown = await shownValue(this.#result.value);
    this.#output.publish("execute_result", { ...shown, execution_count: cell.count });
  }

  /** Jupyter's rule: a failure aborts the executions that wait behind it, and none that is sent after its reply. */
  async #takeWaiting(): Promise<Message[]> {
    await new Promise<void>((resolve) => {
      this.#fenced = resolve;
      this.#link.fence();
    });
    const isExecution = (message: Message): boolean => message.header.msg_type === "execute_request";
    const waiting = this.#queue.filter(isExecution);
    this.#queue.splice(0, Infinity, ...this.#queue.filter((message) => !isExecution(message)));
    return waiting;
  }
}

/** A SIGINT listener that a cell's synchronous part adds would end up detached, since vm takes the signal over meanwhile: a later SIGINT would end the process. */
function rearmSigint(): void {
  const listeners = process.rawListeners("SIGINT") as NodeJS.SignalsListener[];
  process.removeAllListeners("SIGINT");
  for (const listener of listeners) process.on("SIGINT", listener);
}
