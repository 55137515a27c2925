/** How long a cell may run, and what is done when it runs longer: it is interrupted first; a kernel that does not listen is given up. */
import { within } from "../runtime/within.ts";
import type { MemoryLimit, MemoryStop } from "./memory-limit.ts";
import type { Answer, CellRun, KernelSession } from "./session.ts";

/** How long an interrupted cell may take to end by itself. */
const graceMs = 2000;

/** Why a cell was stopped. */
export type Stop =
  | { kind: "cell-timeout"; seconds: number }
  | { kind: "notebook-timeout"; seconds: number }
  | { kind: "run-timeout"; seconds: number }
  | MemoryStop
  /** From outside: Ctrl-C. */
  | { kind: "abort" };

/** The reason of an AbortSignal that stops a notebook because the time of all notebooks together is up. */
export class RunTimeout {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

function stopOf({ reason }: AbortSignal): Stop {
  return reason instanceof RunTimeout ? { kind: "run-timeout", seconds: reason.seconds } : { kind: "abort" };
}

export type CellEnding =
  | Answer
  /** `answer` is missing when the kernel did not listen and must be ended. */
  | { kind: "stopped"; stop: Stop; answer: Answer | undefined };

export interface Limits {
  /** 0, or below, is without end. */
  cellTimeoutSeconds: number;
  notebook: NotebookDeadline;
  memory: MemoryLimit | undefined;
}

/** Ends a notebook: when its time is up, or when someone outside says so. */
export class NotebookDeadline {
  /** Resolves when the notebook has to stop; never rejects. */
  readonly passed: Promise<Stop>;
  #stop: Stop | undefined;
  #release: () => void = () => undefined;

  constructor(timeoutSeconds: number | undefined, signal: AbortSignal | undefined) {
    this.passed = new Promise((resolve) => {
      const stop = (reason: Stop): void => resolve((this.#stop ??= reason));
      const abort = (): void => stop(stopOf(signal!));
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
      const seconds = timeoutSeconds ?? 0;
      const timer = seconds > 0 ? setTimeout(() => stop({ kind: "notebook-timeout", seconds }), milliseconds(seconds)) : undefined;
      this.#release = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
    });
  }

  /** Set once it has passed. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  release(): void {
    this.#release();
  }
}

/** A timer takes at most 2³¹ - 1 ms. */
export const milliseconds = (seconds: number): number => Math.min(seconds * 1000, 2 ** 31 - 1);

export async function runWithin(
  session: KernelSession,
  run: CellRun,
  { cellTimeoutSeconds: seconds, notebook, memory }: Limits,
): Promise<CellEnding> {
  let timer: NodeJS.Timeout | undefined;
  const cellLimit = new Promise<Stop>((resolve) => {
    if (seconds > 0) timer = setTimeout(() => resolve({ kind: "cell-timeout", seconds }), milliseconds(seconds));
  });
  const answer = session.execute(run);
  const watch = memory?.watch();
  const ending = await Promise.race([answer, cellLimit, notebook.passed, ...(watch ? [watch.passed] : [])]).finally(() => {
    clearTimeout(timer);
    watch?.end();
  });
  if (ending.kind === "died") return ending;
  // What a cell has taken counts for it, though it ended before that was looked at.
  const overMemory = ending.kind === "memory-limit" ? ending : ending.kind === "replied" ? memory?.look() : undefined;
  // An interruption would let it go on taking until it hears of it.
  if (overMemory) return { kind: "stopped", stop: overMemory, answer: undefined };
  if (ending.kind === "replied") return ending;
  // A request that fails to arrive stops nothing: then the kernel is ended.
  const interrupted = session.kernel.interrupt().catch(() => undefined);
  return {
    kind: "stopped",
    stop: ending,
    answer: await within(
      interrupted.then(() => answer),
      graceMs,
    ),
  };
}
