/** The code cells of a notebook on their way through a kernel: which one is next, whether there is a next one, what became of each. */
import { setTimeout as pause } from "node:timers/promises";
import type { Notebook } from "../nbformat/index.ts";
import { forgetEarlierRun, isSkipped } from "./earlier-run.ts";
import { cellError } from "./failure.ts";
import { judge, mustRaise, type Verdict } from "./judge.ts";
import { type CellEnding, type NotebookDeadline, runWithin } from "./limits.ts";
import { type MemoryLimit, memoryLimitOf } from "./memory-limit.ts";
import type { ExecuteOptions } from "./options.ts";
import type { CellResult } from "./result.ts";
import { CellRun, isAborted, isBare, type KernelSession } from "./session.ts";
import { abortWindowMs } from "./stock-tslab.ts";

/** How often a cell is sent that the kernel refuses because an earlier one had failed. */
const maxTries = 4;

/** How often the notebook gets what a running cell shows. */
const showEveryMs = 2000;

interface Place {
  run: CellRun;
  result: CellResult;
}

/** A time limit in seconds, where metadata of a notebook or a cell has one under `execution`. */
function ownLimit(execution: unknown): number | undefined {
  const timeout = (execution as { timeout?: unknown } | null | undefined)?.timeout;
  return typeof timeout === "number" ? timeout : undefined;
}

export class CellSequence {
  readonly allowsErrors: boolean;
  readonly #options: ExecuteOptions;
  readonly #deadline: NotebookDeadline;
  /** 0 is without end. */
  readonly #cellTimeoutSeconds: number;
  readonly #places: readonly Place[];
  readonly #notebook: Notebook;
  #memory: MemoryLimit | undefined;
  #mayRefuse = false;
  #hasLostKernel = false;

  constructor(notebook: Notebook, options: ExecuteOptions, deadline: NotebookDeadline) {
    // The names of keys are nbmake's.
    const own = (notebook.metadata["execution"] ?? {}) as { allow_errors?: unknown };
    const seconds = ownLimit(own) ?? options.cellTimeoutSeconds ?? 0;
    this.allowsErrors = options.allowErrors === true || own.allow_errors === true;
    this.#cellTimeoutSeconds = seconds;
    this.#options = options;
    this.#notebook = notebook;
    this.#deadline = deadline;
    this.#places = notebook.cells.flatMap((cell, index) =>
      cell.cell_type === "code" ? [{ run: new CellRun(index, cell), result: { index, status: "skipped", seconds: 0 } }] : [],
    );
    forgetEarlierRun(notebook);
  }

  /** In the order of the notebook; "skipped" until a cell has run. */
  get results(): CellResult[] {
    return this.#places.map(({ result }) => result);
  }

  async run(session: KernelSession): Promise<void> {
    this.#memory = memoryLimitOf(this.#notebook, session.kernel, this.#options.memoryLimitMb);
    let goesOn = true;
    for (const place of this.#places) {
      if (!goesOn || this.#deadline.stop || isSkipped(place.run.cell)) this.#report(place);
      else goesOn = await this.#runCell(place, session);
    }
    if (this.#deadline.stop || this.#hasLostKernel) return;
    // The last cell's promises and callbacks, and an exit that it has set off.
    const death = await session.settle();
    const last = this.#places.findLast(({ result }) => result.status === "passed");
    if (death && last) this.#decide(last, judge(last.run, { kind: "died", death }));
    this.#failLate();
    session.commit();
  }

  /** Reports all cells as skipped that have not run. */
  skipRest(): void {
    for (const place of this.#places) if (place.result.status === "skipped") this.#report(place);
  }

  /** Returns whether the next cell may run. */
  async #runCell(place: Place, session: KernelSession): Promise<boolean> {
    const { run, result } = place;
    this.#options.onEvent?.({ type: "cell-start", path: this.#options.path, index: result.index });
    const begun = performance.now();
    const ending = run.cell.source.trim() === "" ? undefined : await this.#showing(session, () => this.#send(run, session));
    result.seconds = (performance.now() - begun) / 1000;
    const verdict: Verdict = ending ? judge(run, ending) : { status: "passed" };
    const failedLate = this.#failLate(place);
    session.commit();
    this.#decide(place, verdict);
    this.#hasLostKernel = verdict.status === "died" || (ending?.kind === "stopped" && ending.answer?.kind !== "replied");
    if (this.#deadline.stop || this.#hasLostKernel) return false;
    return this.allowsErrors || (verdict.status === "passed" && !failedLate);
  }

  async #showing<T>(session: KernelSession, work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => session.commit() && this.#options.onOutput?.(), showEveryMs);
    return work().finally(() => clearInterval(timer));
  }

  /** Stock tslab refuses cells for a moment after one that failed. */
  async #send(run: CellRun, session: KernelSession): Promise<CellEnding> {
    const seconds = ownLimit(run.cell.metadata["execution"]) ?? this.#cellTimeoutSeconds;
    const limits = { cellTimeoutSeconds: seconds, notebook: this.#deadline, memory: this.#memory };
    for (let tries = 1; ; tries++) {
      if (this.#mayRefuse) await pause(abortWindowMs);
      const ending = await runWithin(session, run, limits);
      this.#mayRefuse = ending.kind === "replied" && (isAborted(ending.reply) || isBare(ending.reply));
      if (ending.kind !== "replied" || !isAborted(ending.reply) || tries === maxTries) return ending;
    }
  }

  /** A cell that had passed fails when a promise or callback of its own does. Returns whether one did. */
  #failLate(except?: Place): boolean {
    const late = this.#places.filter((place) => {
      const { run, result } = place;
      return place !== except && result.status === "passed" && run.errors.length > 0 && !mustRaise(run.cell);
    });
    for (const place of late) this.#decide(place, { status: "failed", error: cellError(place.run.errors[0]!) });
    return late.length > 0;
  }

  #decide(place: Place, verdict: Verdict): void {
    Object.assign(place.result, verdict);
    this.#report(place);
  }

  #report({ run, result }: Place): void {
    this.#options.onEvent?.({ type: "cell-end", path: this.#options.path, cell: { ...result }, outputs: run.cell.outputs });
  }
}
