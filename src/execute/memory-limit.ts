/** How much memory a kernel may hold with all it has started: looked at while a cell runs, and when it has ended. */
import { setTimeout as pause } from "node:timers/promises";
import { InputError } from "../errors.ts";
import type { RunningKernel } from "../kernel/index.ts";
import type { Notebook } from "../nbformat/index.ts";

const everyMs = 200;
/** What the kernel has sent before may still be on its way. */
const drainMs = 50;
const megabyte = 1e6;

export interface MemoryStop {
  kind: "memory-limit";
  /** Megabytes that were held, that may be held, and that were held before the first cell. */
  held: number;
  limit: number;
  before: number;
}

export class MemoryLimit {
  readonly #kernel: RunningKernel;
  readonly #limit: number;
  readonly #before: number;

  /** @throws {InputError} It cannot be known here what the kernel holds. */
  constructor(kernel: RunningKernel, limitMb: number) {
    const before = kernel.memory(0);
    if (before === undefined) {
      throw new InputError("the memory of this kernel cannot be limited: what its processes hold is not known", {
        hint: "a limit needs Linux, and a kernel that was started here, not one on a Jupyter Server",
        facts: { memoryLimitMb: limitMb, platform: process.platform },
      });
    }
    this.#kernel = kernel;
    this.#limit = limitMb;
    this.#before = Math.round(before / megabyte);
  }

  /** Resolves with the stop as soon as more is held; never, if `end` is called before. */
  watch(): { passed: Promise<MemoryStop>; end: () => void } {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<MemoryStop>((resolve) => {
      timer = setInterval(() => {
        const stop = this.look();
        if (!stop) return;
        clearInterval(timer);
        void pause(drainMs).then(() => resolve(stop));
      }, everyMs);
    });
    return { passed, end: () => clearInterval(timer) };
  }

  look(): MemoryStop | undefined {
    const bytes = this.#kernel.memory(this.#limit * megabyte) ?? 0;
    if (bytes <= this.#limit * megabyte) return undefined;
    return { kind: "memory-limit", held: Math.round(bytes / megabyte), limit: this.#limit, before: this.#before };
  }
}

/** The limit that holds for a notebook, if there is one. One of its own, and nobody else's, is passed over where it cannot be kept. */
export function memoryLimitOf({ metadata }: Notebook, kernel: RunningKernel, limitMb: number | undefined): MemoryLimit | undefined {
  const own = (metadata["execution"] as { memory_limit?: unknown } | null | undefined)?.memory_limit;
  const ownLimit = typeof own === "number" ? own : undefined;
  const limit = ownLimit ?? limitMb ?? 0;
  if (limit <= 0 || (limitMb === undefined && kernel.memory(0) === undefined)) return undefined;
  return new MemoryLimit(kernel, limit);
}

export const describeMemory = ({ held, limit, before }: MemoryStop): string =>
  `the kernel and what it has started held ${held} MB of memory, more than the limit of ${limit} MB, and were ended` +
  ` (before the first cell it held ${before} MB)`;
