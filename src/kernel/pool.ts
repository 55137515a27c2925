/** Kernels started ahead of need: starting one takes longer than most cells, and a notebook that waits for it waits in vain. */
import { availableParallelism } from "node:os";
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
  isDead: boolean;
}

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
    this.#wanted.push(cwd);
    this.#startAhead();
  }

  async acquire(cwd: string): Promise<RunningKernel> {
    const waiting = this.#take(cwd);
    if (!waiting) return this.#start(cwd);
    // One that failed to start or died while it waited says nothing yet about the next.
    const kernel = await waiting.kernel.catch(() => undefined);
    return kernel && !waiting.isDead ? kernel : this.#start(cwd);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wanted.length = 0;
    await Promise.all([...this.#all].map((kernel) => kernel.then((started) => started.close()).catch(() => undefined)));
  }

  #take(cwd: string): Waiting | undefined {
    const wanted = this.#wanted.indexOf(cwd);
    const index = this.#waiting.findIndex((candidate) => candidate.cwd === cwd && !candidate.isDead);
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (!waiting && wanted >= 0) this.#wanted.splice(wanted, 1); // served now, no longer ahead
    this.#startAhead();
    return waiting;
  }

  #startAhead(): void {
    while (!this.#isClosed && this.#waiting.length < this.#jobs && this.#wanted.length > 0) {
      const cwd = this.#wanted.shift()!;
      const waiting: Waiting = { cwd, kernel: this.#start(cwd), isDead: false };
      this.#waiting.push(waiting);
      void waiting.kernel
        .then((kernel) => kernel.died)
        .catch(() => undefined)
        .then(() => {
          waiting.isDead = true;
          const index = this.#waiting.indexOf(waiting);
          if (index >= 0) this.#waiting.splice(index, 1);
        });
    }
  }

  #start(cwd: string): Promise<RunningKernel> {
    if (this.#isClosed) return Promise.reject(new Error("the kernel pool is closed"));
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
