/**
 * One kernel while it runs one notebook: sends the cells, hears everything the kernel says, also past the protocol and after a cell was
 * answered, and knows when a cell is over.
 */
import type { KernelMessage } from "@jupyterlab/services";
import type { KernelDeath, RunningKernel } from "../kernel/index.ts";
import type { CodeCell, ErrorOutput, Notebook } from "../nbformat/index.ts";
import { within } from "../runtime/within.ts";
import { CellOutputs } from "./cell-outputs.ts";
import { NotebookOutputs, type OutputMessage } from "./notebook-outputs.ts";
import { liveOutput } from "./live-output.ts";
import type { LiveOutput } from "./result.ts";
import { strayError } from "./stock-tslab.ts";
import { errorOutput, validCount, validText } from "./valid.ts";

/** A kernel that has replied and then says nothing for so long has lost its "idle". Stock tslab loses it after some 500 writes. */
const quietMs = 1000;

/** A kernel need not answer what it is asked before its first cell. */
const warmMs = 10_000;

const lastWordsLength = 8192;

/** Messages on stderr that are remembered of a cell: more errors than anyone reads. */
const stderrKept = 50;

export type Reply = KernelMessage.IExecuteReplyMsg["content"];

export type Answer =
  /** `complete`: the kernel also said that nothing more would come. */
  { kind: "replied"; reply: Reply; complete: boolean } | { kind: "died"; death: KernelDeath };

/** Says that the kernel has not run the cell, because an earlier one had failed. Stock tslab says it in its own word. */
export const isAborted = ({ status }: Reply): boolean => (status as string) === "aborted" || (status as string) === "abort";

/** Says that the cell failed and nothing else, as stock tslab does. */
export const isBare = (reply: Reply): boolean => reply.status === "error" && !reply.ename;

/** A code cell on its way. */
export class CellRun {
  readonly index: number;
  readonly cell: CodeCell;
  readonly outputs: CellOutputs = new CellOutputs();
  /** In the order the kernel reported them, whether or not they were cleared from the outputs. */
  readonly errors: ErrorOutput[] = [];
  /** The last messages on stderr: all that stock tslab says about a failure. */
  readonly stderr: string[] = [];

  constructor(index: number, cell: CodeCell) {
    this.index = index;
    this.cell = cell;
  }

  /** Puts the outputs so far into the notebook. */
  commit(): void {
    this.cell.outputs = this.outputs.take();
  }
}

/** What is looked at in an iopub message. */
interface Content {
  ename?: unknown;
  evalue?: unknown;
  traceback?: unknown;
  execution_state?: unknown;
  execution_count?: unknown;
  name?: unknown;
  text?: unknown;
}

export type OutputListener = (run: CellRun, output: LiveOutput) => void;

interface Request {
  run: CellRun;
  idle: () => void;
}

export class KernelSession {
  readonly kernel: RunningKernel;
  readonly #outputs = new NotebookOutputs();
  readonly #requests = new Map<string, Request>();
  readonly #runs = new Set<CellRun>();
  readonly #stopListening: () => void;
  readonly #isStock: boolean;
  readonly #onOutput: OutputListener;
  /** Goes with every cell: what the notebook says about its language. */
  readonly #metadata: Parameters<RunningKernel["connection"]["requestExecute"]>[2];
  #last: CellRun | undefined;
  #heardAt = 0;
  /** The end of what the process has written since the last cell began. */
  #processOutput = "";

  /** @param onOutput Hears what cells show, as it comes. */
  constructor(
    kernel: RunningKernel,
    { implementation }: Pick<KernelMessage.IInfoReply, "implementation">,
    { metadata }: Notebook,
    onOutput: OutputListener = () => undefined,
  ) {
    this.kernel = kernel;
    this.#onOutput = onOutput;
    this.#metadata = metadata["typescript"] === undefined ? {} : { typescript: { ...metadata["typescript"] } };
    this.#isStock = implementation === "tslab" || implementation === "jslab";
    const hear = (_: unknown, message: KernelMessage.IIOPubMessage): void => this.#hear(message as OutputMessage);
    kernel.connection.iopubMessage.connect(hear);
    // Widgets are not supported here; else the client would answer for them, and complain on the console.
    kernel.connection.handleComms = false;
    // Of a child process, of native code, of V8 at its end. The cell that runs, or ran last, has most likely caused it.
    const stopReading = kernel.onProcessOutput((name, text) => {
      this.#last?.outputs.stream(name, text);
      if (this.#last) this.#onOutput(this.#last, { kind: "stream", name, text });
      this.#processOutput = (this.#processOutput + text).slice(-lastWordsLength);
    });
    this.#stopListening = () => {
      kernel.connection.iopubMessage.disconnect(hear);
      stopReading();
    };
  }

  /** Resolves when the kernel can run a cell: Cairn's answers before its compiler is loaded, and that time does not count for a cell. */
  async warm(): Promise<void> {
    const { connection, died } = this.kernel;
    await within(Promise.race([connection.requestIsComplete({ code: "" }).catch(() => died), died]), warmMs);
  }

  /** Runs a cell to its end. Even a caller that stops waiting for it must not call execute() again before this has resolved. */
  async execute(run: CellRun): Promise<Answer> {
    const died = this.#death().then((death): Answer => ({ kind: "died", death }));
    if (this.kernel.connection.status === "dead") return died;
    this.#processOutput = "";
    const content = { code: run.cell.source, stop_on_error: false, allow_stdin: false, store_history: true };
    const future = this.kernel.connection.requestExecute(content, true, this.#metadata);
    future.done.catch(() => undefined); // it is rejected when the kernel dies
    const id = future.msg.header.msg_id;
    this.#last = run;
    this.#runs.add(run);
    this.#outputs.assign(id, run.outputs);
    const idle = new Promise<true>((resolve) => this.#requests.set(id, { run, idle: () => resolve(true) }));
    const replied = new Promise<Reply>((resolve) => (future.onReply = ({ content: reply }) => resolve(reply)));
    const answer = await Promise.race([died, replied.then((reply) => this.#complete(reply, idle))]);
    // Stock tslab has no execute_input.
    if (answer.kind === "replied" && !isAborted(answer.reply)) run.cell.execution_count ??= validCount(answer.reply.execution_count);
    // A pipe that has been written before the reply is read after it.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    return answer;
  }

  /** Resolves when all that the kernel has said so far has been heard, or with its death. */
  async settle(): Promise<KernelDeath | undefined> {
    const { connection } = this.kernel;
    const died = this.#death();
    const heard = connection.status === "dead" ? died : connection.requestKernelInfo().then(() => undefined);
    return within(Promise.race([died, heard.catch(() => died)]), quietMs);
  }

  /** Its last words are those since the last cell began: what a kernel says when it starts explains no death. */
  async #death(): Promise<KernelDeath> {
    const death = await this.kernel.died;
    const hasEnded = death.code !== null || death.signal !== null; // else it was not a child process, and the words say so
    return hasEnded ? { ...death, lastWords: this.#processOutput } : death;
  }

  /** Puts the outputs of all cells into the notebook: those of earlier ones change too. Returns whether there was anything new. */
  commit(): boolean {
    const changed = [...this.#runs].filter((run) => run.outputs.hasChanged);
    for (const run of changed) run.commit();
    return changed.length > 0;
  }

  /** The kernel stays as it is. */
  end(): void {
    this.#stopListening();
    this.commit();
  }

  async #complete(reply: Reply, idle: Promise<true>): Promise<Answer> {
    this.#heardAt = Date.now();
    let complete: true | undefined;
    for (let left = quietMs; !complete && left > 0; left = this.#heardAt + quietMs - Date.now()) complete = await within(idle, left);
    return { kind: "replied", reply, complete: complete === true };
  }

  #hear(message: OutputMessage): void {
    this.#heardAt = Date.now();
    const { msg_id: requestId } = message.parent_header;
    const request = this.#requests.get(requestId ?? "");
    const run = requestId ? request?.run : this.#last;
    const content = message.content as Content;
    switch (message.header.msg_type) {
      case "status":
        if (content.execution_state === "idle") request?.idle();
        return;
      case "execute_input":
        if (run) run.cell.execution_count = validCount(content.execution_count);
        return;
      case "error":
        run?.errors.push(errorOutput(content));
        break;
      case "stream":
        if (content.name === "stderr" && run && this.#isStock) message = this.#stockError(message, validText(content.text), run);
    }
    this.#outputs.handle(message);
    const shown = run && liveOutput(message);
    if (shown) this.#onOutput(run, shown);
  }

  /** Only stock tslab prints its errors. */
  #stockError(message: OutputMessage, text: string, run: CellRun): OutputMessage {
    run.stderr.push(text);
    if (run.stderr.length > stderrKept) run.stderr.shift();
    const error = strayError(text);
    if (!error) return message;
    run.errors.push(error);
    return { ...message, header: { msg_type: "error" }, content: error };
  }
}
