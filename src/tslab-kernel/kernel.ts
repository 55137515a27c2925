/** The main thread: takes requests one by one, has cells compiled, runs them, and says in protocol terms what became of them. */
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { cacheFolder } from "../runtime/cache-folder.ts";
import { nextInput } from "./amended.ts";
import { Cell, owner } from "./cell.ts";
import { importSymbol } from "./compiler/import-symbol.ts";
import type { CompiledCell } from "./compiler/compiler.ts";
import { CompilerLink } from "./compiler-link.ts";
import { Evaluator, type Given } from "./evaluator.ts";
import { compileFailure, type Failure, interrupted, thrownFailure } from "./failure.ts";
import { Gate, Interruption } from "./gate.ts";
import { History } from "./history.ts";
import { Imports } from "./imports.ts";
import { Inputs } from "./input.ts";
import { processTime } from "./process-time.ts";
import { Map, Promise, setImmediate } from "./intrinsics.ts";
import { kernelInfo } from "./kernel-info.ts";
import { Link } from "./link.ts";
import { flags, type Incoming } from "./messages.ts";
import { shownValue } from "./mime-bundle.ts";
import { Output } from "./output.ts";
import { notebookPath, type OwnObject, ownObject } from "./own-object.ts";
import { hideHooksOfPromises } from "./safe-inspect.ts";
import { formatStacksInSourceLines } from "./source-lines.ts";
import type { Message } from "./wire.ts";

export class Kernel {
  readonly #link: Link;
  readonly #output: Output;
  readonly #inputs: Inputs;
  readonly #compiler: CompilerLink;
  readonly #gate: Gate;
  readonly #own: OwnObject;
  readonly #evaluator: Evaluator;
  readonly #history = new History();
  readonly #sources = new Map<string, string>();
  readonly #queue: Message[] = [];
  readonly #listeners = {
    SIGINT: onSigint,
    uncaughtException: (error: unknown): void => this.#stray(error),
    unhandledRejection: (reason: unknown): void => this.#stray(reason),
  };
  #running: Cell | undefined;
  /** Ends the wait for the running cell. */
  #stop: (() => void) | undefined;
  #working = false;
  #count = 0;
  #uncounted = 0;
  #fenced: (() => void) | undefined;

  constructor(connectionFile: string, nativeOutput: string | undefined) {
    const folder = process.cwd();
    const notebook = notebookPath(folder);
    const { port1, port2 } = new MessageChannel();
    this.#compiler = new CompilerLink({ folder, notebook, scratch: join(cacheFolder(), "modules") }, port1);
    this.#link = new Link(connectionFile, { kernelInfo: kernelInfo(), language: port2, nativeOutput });
    this.#output = new Output(this.#link);
    this.#inputs = new Inputs(this.#link);
    this.#gate = new Gate(this.#link.shared);
    const file = notebook ?? join(folder, "notebook.ipynb");
    const imports = new Imports(this.#compiler, file);
    this.#own = ownObject(file, folder, { gate: this.#gate, imports, inputs: this.#inputs });
    this.#evaluator = new Evaluator(this.#own, this.#link.shared);
    Object.defineProperty(globalThis, Symbol.for(importSymbol), {
      value: (name: unknown, from: string) => imports.load(name, undefined, from),
    });
    this.#link.onMessage((message) => this.#receive(message));
  }

  start(): void {
    this.#output.captureStreams();
    this.#installGlobals();
    formatStacksInSourceLines();
    hideHooksOfPromises();
    this.#listen();
    this.#link.ready();
    void this.#work();
  }

  /** Again before each cell: one before may have removed all listeners. */
  #listen(): void {
    for (const [event, listener] of Object.entries(this.#listeners)) {
      if (!process.listeners(event as "SIGINT").includes(listener)) process.on(event, listener);
    }
  }

  /** The ways out of a cell, for the library. */
  #installGlobals(): void {
    const display = this.#output.display.bind(this.#output);
    const clear = this.#output.clear.bind(this.#output);
    const isInterrupted = (): boolean => Atomics.load(this.#link.shared, flags.interrupted) === 1;
    Object.defineProperty(globalThis, "__cairn__", { value: { display, clear, input: this.#inputs.input, isInterrupted } });
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

  #interrupt(): void {
    Atomics.add(this.#link.shared, flags.heard, 1);
    const cell = this.#running;
    if (cell) {
      cell.isStopped = true;
      this.#fail(cell, interrupted);
    } else {
      this.#gate.stopCells(this.#count);
      Atomics.store(this.#link.shared, flags.interrupted, 0);
    }
    this.#inputs.cancel();
    this.#stop?.();
    // The library's long work listens for the signal that Ctrl-C would be.
    process.emit("SIGINT", "SIGINT");
  }

  /** An uncaught exception fails the cell that owns it, or is shown beneath that cell if it has been answered. */
  #stray(error: unknown): void {
    if (Interruption.is(error)) return;
    const cell = owner.getStore() ?? this.#running ?? this.#output.lastCell;
    if (!cell) return void process.stderr.write(`${String(error)}\n`);
    const failure = this.#thrown(cell, error);
    if (cell.answered) return this.#output.error(cell, failure);
    this.#fail(cell, () => failure);
    this.#stop?.();
  }

  #fail(cell: Cell, failure: () => Failure): void {
    cell.failure ??= failure();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) await this.#handle(message);
    this.#working = false;
  }

  /** Not async: that would put a step of the kernel behind the cell's in the microtask queue, which is dropped when the cell is cut short. */
  #handle(message: Message): Promise<void> | void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "execute_request":
        return this.#execute(message);
      case "kernel_info_request":
        return this.#link.reply(message, kernelInfo());
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
    this.#listen();
    const cell = new Cell(message, this.#count, this.#uncounted);
    this.#count = cell.count;
    if (cell.storeHistory) this.#history.add(cell.count, cell.code);
    else this.#uncounted++;
    Atomics.store(this.#link.shared, flags.begun, processTime());
    this.#running = this.#gate.running = this.#output.lastCell = cell;
    const reply = await owner.run(cell, () => this.#run(cell));
    Atomics.store(this.#link.shared, flags.begun, processTime());
    this.#running = this.#gate.running = undefined;
    Atomics.store(this.#link.shared, flags.interrupted, 0);
    const aborted = cell.failure && cell.stopOnError ? await this.#takeWaiting() : [];
    cell.answered = true;
    this.#link.reply(message, reply);
    for (const waiting of aborted) this.#link.reply(waiting, { status: "aborted" });
  }

  async #run(cell: Cell): Promise<Record<string, unknown>> {
    this.#sources.set(cell.name, cell.code);
    if (!cell.silent) this.#output.publish("execute_input", { code: cell.code, execution_count: cell.count });
    try {
      const given = await this.#evaluate(cell);
      // Promises rejected and left alone by the cell are reported after a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      if (given && !cell.failure) await this.#showResult(cell, given.value);
    } catch (error) {
      this.#fail(cell, () => thrownFailure(cell.name, this.#sources, error)); // of the compiler, or of the value's display
    }
    const payload = nextInput(cell, (note) => process.stderr.write(note));
    this.#output.flush(cell);
    if (!cell.failure) return { status: "ok", execution_count: cell.count, payload, user_expressions: {} };
    this.#output.error(cell, cell.failure);
    return { status: "error", execution_count: cell.count, ...cell.failure };
  }

  async #evaluate(cell: Cell): Promise<Given> {
    const options = { mayAmend: cell.allowStdin && !cell.silent, isStrict: cell.isStrict };
    const compilation = await this.#untilStopped(this.#compiler.compile(cell.name, cell.code, options));
    if (compilation && "complaints" in compilation) {
      this.#fail(cell, () => compileFailure(cell.name, cell.code, compilation.complaints));
      return undefined;
    }
    if (!compilation || cell.failure) {
      this.#compiler.abandon();
      return undefined;
    }
    cell.amended = compilation.amended;
    if (cell.amended) this.#sources.set(cell.name, cell.amended.code);
    const { assigned } = compilation.cell;
    const body = this.#prepare(cell, compilation.cell);
    const before = this.#evaluator.read(assigned);
    const given = await this.#begin(cell, body);
    const after = cell.failure ? this.#evaluator.read(assigned) : [];
    this.#compiler.settle(cell.failure ? assigned.filter((_, index) => Object.is(before[index], after[index])) : []);
    return given;
  }

  #prepare(cell: Cell, compiled: CompiledCell): ReturnType<Evaluator["prepare"]> {
    try {
      return this.#evaluator.prepare(cell.name, compiled);
    } catch (error) {
      this.#compiler.abandon();
      throw error; // this Node knows less than the compiler
    }
  }

  async #begin(cell: Cell, body: () => Given | Promise<Given>): Promise<Given> {
    try {
      const begun = this.#evaluator.guard(() => ({ given: body() }));
      if (begun) return await this.#untilStopped(begun.given);
      this.#fail(cell, interrupted);
    } catch (error) {
      this.#fail(cell, () => (Interruption.is(error) ? interrupted() : this.#thrown(cell, error)));
    }
    return undefined;
  }

  /** A thrown value may show itself in its own way, which may have no end. */
  #thrown(cell: Cell, error: unknown): Failure {
    return this.#evaluator.guard(() => thrownFailure(cell.name, this.#sources, error)) ?? interrupted();
  }

  /** What is awaited, or nothing as soon as the cell is stopped. */
  async #untilStopped<T>(given: T | Promise<T>): Promise<T | undefined> {
    if (!(given instanceof Promise)) return given;
    const stopped = new Promise<undefined>((resolve) => (this.#stop = () => resolve(undefined)));
    try {
      return await Promise.race([given, stopped]);
    } finally {
      this.#stop = undefined;
    }
  }

  async #showResult(cell: Cell, value: unknown): Promise<void> {
    if (value === undefined || cell.silent) return;
    this.#own._ = value;
    const shown = await this.#untilStopped(shownValue(value, (work) => this.#evaluator.guard(work)));
    if (!shown) return this.#fail(cell, interrupted);
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

/** Keeps a real Ctrl-C, which a console sends to all of its processes, from ending the kernel; it is told by a message as well. */
function onSigint(): void {}
