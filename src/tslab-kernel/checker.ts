/** A thread that checks notebooks as this kernel's compiler has them. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { CellFindings, CheckedNotebook } from "./compiler/check/findings.ts";

export type { CellFindings, CheckedCell, CheckedNotebook, Finding } from "./compiler/check/findings.ts";

export class Checker {
  readonly #worker: Worker;

  constructor() {
    // The flag, as the kernel has it: imports are looked up from the notebook's folder.
    this.#worker = new Worker(new URL("./compiler/check/thread.js", import.meta.url), {
      execArgv: [...process.execArgv, "--experimental-import-meta-resolve"],
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    this.#worker.unref();
  }

  /** Findings in the order of the notebook's cells. One notebook at a time. */
  async check(notebook: CheckedNotebook): Promise<CellFindings[]> {
    this.#worker.ref();
    this.#worker.postMessage(notebook);
    const [answer] = (await once(this.#worker, "message")) as [{ findings: CellFindings[] } | { error: Error }];
    this.#worker.unref();
    if ("error" in answer) throw answer.error;
    return answer.findings;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
