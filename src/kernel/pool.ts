/** Kernels started ahead of need: starting one takes longer than most cells run. */
import { availableParallelism } from "node:os";
import { CairnError } from "../errors.ts";
import type { KernelSpec } from "./kernelspec.ts";
import { startKernel } from "./local-kernel.ts";
import type { KernelSource, RunningKernel } from "./running.ts";

const bytesPerKernel = 600e6;

/** As many notebooks at a time as there are cores, and as memory carries at 600 MB each. */
export function defaultJobs(cores: number = availableParallelism(), freeBytes: number = process.availableMemory()): number {
  return Math.max(1, Math.min(cores, Math.floor(freeBytes / bytesPerKernel)));
}

export interface KernelPoolOptions {
  spec: KernelSpec;
  /** How many kernels may wait, started, for their notebook. @default defaultJobs() */
  jobs?: number;
  /** How long a kernel may take until it answers. */
  startTimeoutMs?: number;
}

interface Waiting {
  cwd: string;
  kernel: Promise<RunningKernel>;
}

/** Its process may have ended while it waited, a moment ago. */
const answers = (kernel: RunningKernel): Promise<boolean> =>
  Promise.race([kernel.connection.requestKernelInfo().then(() => true), kernel.died.then(() => false)]).catch(() => false);

export class KernelPool implements KernelSource {
  readonly #spec: KernelSpec;
  readonly #jobs: number;
  readonly #startTimeoutMs: number | undefined;
  /** Folders a kernel is wanted for, in order of need. */
  readonly #wanted: string[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #all = new Set<Promise<RunningKernel>>();
  #isClosed = false;

  constructor({ spec, jobs = defaultJobs(), startTimeoutMs }: KernelPoolOptions) {
    this.#spec = spec;
    this.#jobs = jobs;
    this.#startTimeoutMs = startTimeoutMs;
  }

  prepare(cwd: string): void {
    if (this.#isClosed) return;
    this.#wanted.push(cwd);
    this.#startAhead();
  }

  async acquire(cwd: string): Promise<RunningKernel> {
    const waiting = this.#take(cwd);
    // One that failed to start or died while it waited says nothing yet about the next.
    const kernel = await waiting?.catch(() => undefined);
    return kernel && (await answers(kernel)) ? kernel : this.#start(cwd);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wanted.length = 0;
    this.#waiting.length = 0;
    await Promise.all([...this.#all].map((kernel) => kernel.then((started) => started.close()).catch(() => undefined)));
  }

  #take(cwd: string): Promise<RunningKernel> | undefined {
    const index = this.#waiting.findIndex((candidate) => candidate.cwd === cwd);
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    const wanted = waiting ? -1 : this.#wanted.indexOf(cwd);
    if (wanted >= 0) this.#wanted.splice(wanted, 1); // served now, no longer ahead
    this.#startAhead();
    return waiting?.kernel;
  }

  #startAhead(): void {
    while (this.#waiting.length < this.#jobs && this.#wanted.length > 0) {
      const cwd = this.#wanted.shift()!;
      this.#waiting.push({ cwd, kernel: this.#start(cwd) });
    }
  }

  #start(cwd: string): Promise<RunningKernel> {
    if (this.#isClosed) return Promise.reject(new CairnError("the kernel pool is closed"));
    const timeout = this.#startTimeoutMs === undefined ? {} : { timeoutMs: this.#startTimeoutMs };
    const kernel = startKernel(this.#spec, { cwd, ...timeout }).then((started) => {
      const close = started.close.bind(started);
      started.close = () => close().finally(() => this.#all.delete(kernel));
      return started;
    });
    this.#all.add(kernel);
    kernel.catch(() => this.#all.delete(kernel));
    return kernel;
  }
}
