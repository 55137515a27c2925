/** A thread that checks notebooks as this kernel's compiler has them. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { CairnError } from "../errors.ts";
import type { CellFindings, CheckedNotebook } from "./compiler/check/findings.ts";

export type { CellFindings, CheckedCell, CheckedNotebook, Finding } from "./compiler/check/findings.ts";

export class Checker {
  #worker: Worker | undefined;

  /** Findings in the order of the notebook's cells. One notebook at a time. @throws when the thread ends, as it does without memory; the next one gets another. */
  async check(notebook: CheckedNotebook): Promise<CellFindings[]> {
    const worker = (this.#worker ??= start());
    worker.ref();
    worker.postMessage(notebook);
    const answered = new AbortController();
    const { signal } = answered;
    try {
      const ended = once(worker, "exit", { signal }).then(([code]) => {
        const hint = "most likely there was no memory left: check fewer notebooks at a time, --jobs 1";
        throw new CairnError(`the thread that checks ended with exit code ${code}`, { hint, facts: { code: code as number } });
      });
      const [answer] = (await Promise.race([once(worker, "message", { signal }), ended])) as [Answer];
      if ("error" in answer) throw answer.error;
      worker.unref();
      return answer.findings;
    } catch (error) {
      this.#worker = undefined;
      await worker.terminate();
      throw error;
    } finally {
      answered.abort();
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

type Answer = { findings: CellFindings[] } | { error: Error };

function start(): Worker {
  return new Worker(new URL("./compiler/check/thread.js", import.meta.url), {
    // The flag, as the kernel has it: imports are looked up from the notebook's folder.
    execArgv: [...process.execArgv, "--experimental-import-meta-resolve"],
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
}
