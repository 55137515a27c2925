/** The main thread's end of the socket thread. */
import { readFileSync } from "node:fs";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { parse, stringify } from "./intrinsics.ts";
import { flags, type Incoming, type Outgoing, type SocketThreadData } from "./messages.ts";
import type { Header, Message } from "./wire.ts";

/** How long an exiting process waits for its output to leave. */
const drainMs = 3000;
/** A cell that prints faster than the sockets take it waits when this many characters are on their way. */
const maxBacklog = 64e6;

export interface LinkOptions {
  kernelInfo: Record<string, unknown>;
  /** The compiler's end of questions about code. */
  language: MessagePort;
  nativeOutput: string | undefined;
}

export class Link {
  readonly #worker: Worker;
  readonly #answers: MessagePort;
  readonly shared: Int32Array = new Int32Array(new SharedArrayBuffer(4 * Object.keys(flags).length));

  constructor(connectionFile: string, { kernelInfo, language, nativeOutput }: LinkOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#answers = port1;
    const workerData: SocketThreadData = {
      connection: parse(readFileSync(connectionFile, "utf8")),
      kernelInfo: stringify(kernelInfo),
      shared: this.shared,
      language,
      answers: port2,
      nativeOutput,
    };
    this.#worker = new Worker(new URL("./socket-thread.js", import.meta.url), {
      workerData,
      transferList: [language, port2],
      execArgv: [],
    });
    this.#worker.on("error", (error) => {
      console.error(error);
      process.exit(1);
    });
    process.on("exit", () => {
      this.#post({ kind: "drain" });
      Atomics.wait(this.shared, flags.drained, 0, drainMs);
    });
  }

  #post(message: Outgoing): void {
    this.#worker.postMessage(message);
  }

  get #backlog(): number {
    return Atomics.load(this.shared, flags.backlog);
  }

  onMessage(listener: (message: Incoming) => void): void {
    this.#worker.on("message", listener);
  }

  ready(): void {
    this.#post({ kind: "ready" });
  }

  publish(type: string, content: Record<string, unknown>, parent: Header | undefined): void {
    const text = stringify(content);
    Atomics.add(this.shared, flags.backlog, text.length);
    this.#post({ kind: "publish", type, content: text, parent });
    this.#waitForReader();
  }

  stream(name: "stdout" | "stderr", text: string, parent: Header | undefined): void {
    Atomics.add(this.shared, flags.backlog, text.length);
    this.#post({ kind: "stream", name, text, parent });
    this.#waitForReader();
  }

  #waitForReader(): void {
    for (let backlog = this.#backlog; backlog > maxBacklog; backlog = this.#backlog) Atomics.wait(this.shared, flags.backlog, backlog, 50);
  }

  /** Answers a request on the shell channel; the kernel is idle then, as far as that request goes. */
  reply({ header, identities }: Message, content: Record<string, unknown>): void {
    const type = header.msg_type.replace(/_request$/, "_reply");
    this.#post({ kind: "reply", type, content: stringify(content), to: { header, identities } });
  }

  done({ header }: Message): void {
    this.#post({ kind: "done", request: header });
  }

  requestInput({ header, identities }: Message, content: Record<string, unknown>): void {
    this.#post({ kind: "input", content: stringify(content), to: { header, identities }, waits: false });
  }

  /** Stands still until the reader has answered; nothing when the cell is interrupted meanwhile. */
  waitForInput({ header, identities }: Message, content: Record<string, unknown>): Message | undefined {
    while (receiveMessageOnPort(this.#answers)); // to a question that was interrupted
    const answered = Atomics.load(this.shared, flags.answers);
    this.#post({ kind: "input", content: stringify(content), to: { header, identities }, waits: true });
    while (Atomics.load(this.shared, flags.answers) === answered) {
      if (Atomics.load(this.shared, flags.interrupted) === 1) return undefined;
      Atomics.wait(this.shared, flags.answers, answered, 200);
    }
    return receiveMessageOnPort(this.#answers)?.message as Message | undefined;
  }

  fence(): void {
    this.#post({ kind: "fence" });
  }
}
