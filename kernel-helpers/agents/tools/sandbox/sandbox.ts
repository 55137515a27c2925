/**
 * Code of a model, run where it can do nothing but compute. It is not run by Node's engine but by QuickJS, an interpreter in WebAssembly: in there, files, network, processes,
 * timers and Node's modules do not exist, so there is nothing to forbid. Memory is limited by the interpreter and by WebAssembly, time by the interpreter, and by
 * ending the thread where the interpreter does not look (a regular expression that backtracks).
 *
 * What is not guarded against: flaws of QuickJS that also break out of WebAssembly, and measuring time within the limit (Date is there). If you run code of
 * adversaries at scale, put a container or a machine of its own around it.
 */
import { Worker } from "node:worker_threads";
import { UnavailableError } from "../../../errors.ts";
import { checkInteger, checkNumber, checkOptions, checkSignal, checkText } from "../../../runtime/check.ts";
import { defineTool, type AgentTool } from "../../tool.ts";

export interface CodeOptions {
  /** Seconds. @default 2 */
  timeout?: number;
  /** Megabytes that the code's values may take. @default 32 */
  memory?: number;
  /** Characters of output, and of the value, at most. @default 10,000 */
  maxOutput?: number;
  signal?: AbortSignal | undefined;
}

export interface CodeOutcome {
  /** What print(…) wrote. */
  output: string;
  /** The value of the last expression, as JSON where it is an object; undefined where the code failed. */
  value: string | undefined;
  /** Why there is no value: what the code threw, its time, its memory. */
  error: "thrown" | "timeout" | "memory" | undefined;
  message: string | undefined;
}

/** @internal What the thread is told. */
export interface CodeTask {
  code: string;
  memoryBytes: number;
  seconds: number;
  maxOutput: number;
}

/** The interpreter has this long to notice the end of its time itself. */
const graceSeconds = 1;
const maxCode = 100_000;

/**
 * Runs JavaScript (ES2023) in the sandbox.
 *
 * @throws {ArgumentError} Options out of range; what happens in the code is in the outcome.
 * @example
 * await runCode('[1, 2, 3].map((n) => n * n)') // { value: "[1,4,9]", output: "", … }
 */
export async function runCode(code: string, options: CodeOptions = {}): Promise<CodeOutcome> {
  checkText("code", code);
  checkOptions("options", options, ["timeout", "memory", "maxOutput", "signal"]);
  const seconds = checkNumber("timeout", options.timeout ?? 2, { above: 0, max: 600 });
  const megabytes = checkInteger("memory", options.memory ?? 32, { min: 1, max: 1024 });
  const maxOutput = checkInteger("maxOutput", options.maxOutput ?? 10_000, { min: 1 });
  checkSignal("signal", options.signal);
  options.signal?.throwIfAborted();
  if (code.length > maxCode)
    return { output: "", value: undefined, error: "thrown", message: `RangeError: more than ${maxCode} characters of code` };
  const isSource = import.meta.url.endsWith(".ts");
  const task: CodeTask = { code, memoryBytes: megabytes * 2 ** 20, seconds, maxOutput };
  const worker = new Worker(new URL(isSource ? "./thread.ts" : "./thread.js", import.meta.url), {
    workerData: task,
    name: "sandbox",
    env: {}, // no keys of this process reach the thread, not even by a flaw
    stdin: false,
    ...(isSource ? {} : { execArgv: [] }),
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
  });
  try {
    return await outcomeOf(worker, seconds, options.signal);
  } finally {
    await worker.terminate();
  }
}

function outcomeOf(worker: Worker, seconds: number, signal: AbortSignal | undefined): Promise<CodeOutcome> {
  const { promise, resolve, reject } = withResolvers<CodeOutcome>();
  const abort = (): void => reject(signal!.reason as Error);
  let timer: NodeJS.Timeout | undefined;
  worker.once("online", () => {
    const late: CodeOutcome = { output: "", value: undefined, error: "timeout", message: `the code took longer than ${seconds} s` };
    timer = setTimeout(() => resolve(late), (seconds + graceSeconds + startSeconds) * 1000);
  });
  worker.once("message", (outcome: CodeOutcome) => resolve(outcome));
  worker.once("error", (cause: NodeJS.ErrnoException) => {
    const isMemory = cause.code === "ERR_WORKER_OUT_OF_MEMORY" || /memory/i.test(cause.message);
    if (isMemory) resolve({ output: "", value: undefined, error: "memory", message: "the code took more memory than it may" });
    else reject(new UnavailableError(`the sandbox failed: ${cause.message}`, { hint: "run it again", cause }));
  });
  worker.once("exit", (code) => reject(new UnavailableError(`the sandbox ended with ${code}`, { hint: "run it again" })));
  signal?.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  });
}

/** The interpreter is compiled first, which a busy machine takes a while for. */
const startSeconds = 5;

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

/** Code in the sandbox as a tool. */
export function codeTool(options: Omit<CodeOptions, "signal"> = {}): AgentTool {
  checkOptions("options", options, ["timeout", "memory", "maxOutput"]);
  return defineTool<{ code: string }>({
    name: "run_code",
    description:
      "Runs JavaScript in a sandbox without files and network, and returns the value of its last expression and what print(…) wrote.",
    parameters: {
      type: "object",
      properties: { code: { type: "string", minLength: 1, maxLength: 4000 } },
      required: ["code"],
      additionalProperties: false,
    },
    timeout: (options.timeout ?? 2) + 30,
    async run({ code }, { signal }) {
      const { output, value, error, message } = await runCode(code, { ...options, signal });
      if (error !== undefined) throw new Error(`${output}${message}`);
      return `${output}${value}`;
    },
  });
}
