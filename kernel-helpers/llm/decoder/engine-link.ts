/** The end of an engine's thread that the rest of the program holds. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ClosedError, UnavailableError } from "../../errors.ts";
import type { DecoderConfig } from "./config.ts";
import type { BatchRun, DrawRun, EngineRun, PrefixRun } from "./engine.ts";
import { unpackError, type Answer, type EngineStart, type Question } from "./messages.ts";

/** Whether the library runs from its sources: the thread then needs the options of the process, which say how. */
const isSource = import.meta.url.endsWith(".ts");
const threadFile = new URL(isSource ? "./engine-thread.ts" : "./engine-thread.js", import.meta.url);

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** One question at a time. An open model that nobody asks anything does not keep the process. */
export class EngineLink {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  /** Why the thread answers no more. */
  #ended: Error | undefined;

  private constructor(start: EngineStart) {
    this.#worker = new Worker(threadFile, { workerData: start, name: "decoder", ...(isSource ? {} : { execArgv: [] }) });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("messageerror", (error) => this.#end(lost(error)));
    this.#worker.on("error", (error) => this.#end(lost(error)));
    this.#worker.on("exit", (code) => this.#end(lost(new Error(`it exited with code ${code}`))));
  }

  /** Loads a model in a thread of its own. */
  static async start(start: EngineStart): Promise<{ link: EngineLink; config: DecoderConfig }> {
    const link = new EngineLink(start);
    const answer = await link.#answer();
    if (answer.kind === "ready") return { link, config: answer.config };
    throw answer;
  }

  run(run: EngineRun): Promise<Float32Array> {
    return this.#ask({ kind: "run", run });
  }

  async draw(run: DrawRun): Promise<number[]> {
    return Array.from(await this.#ask({ kind: "draw", run }));
  }

  runBatch(run: BatchRun): Promise<Float32Array> {
    return this.#ask({ kind: "batch", run });
  }

  async runPrefix(run: PrefixRun): Promise<void> {
    await this.#ask({ kind: "prefix", run });
  }

  async #ask(question: Question): Promise<Float32Array<ArrayBuffer>> {
    if (this.#ended) throw this.#ended;
    this.#worker.postMessage(question);
    const answer = await this.#answer();
    if (answer.kind === "logits") return answer.logits;
    throw answer;
  }

  /** Ends the thread, after the run that it is in. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#end(new ClosedError("this decoder is closed", { hint: "load it again, or close it later" }));
    this.#worker.ref();
    const gone = once(this.#worker, "exit");
    this.#worker.postMessage({ kind: "close" } satisfies Question);
    await gone;
  }

  #answer(): Promise<Answer> {
    this.#worker.ref();
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#worker.unref();
    if (answer.kind === "failed") waiting?.reject(unpackError(answer.error));
    else waiting?.resolve(answer);
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }
}

const lost = (cause: unknown): UnavailableError =>
  new UnavailableError(`the thread that runs the model has ended: ${cause instanceof Error ? cause.message : String(cause)}`, {
    hint: "load the model again; if there is too little memory, take a smaller one",
    cause,
  });
