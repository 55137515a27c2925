/** `cairn run --watch`: runs notebooks, and then again those of which something has changed. */
import { NotebookWatch, type RunNotebooksOptions } from "../course/index.ts";
import { InputError } from "../errors.ts";
import { count, isGood, type NotebookRun } from "../report/index.ts";
import { executeAll, type ExecutionValues } from "./execution.ts";
import type { NotebookFile } from "./find-notebooks.ts";
import type { Interrupt } from "./interrupt.ts";
import { listed } from "./since.ts";

export interface WatchedRun {
  /** The notebooks that there are now. */
  find: () => Promise<NotebookFile[]>;
  /** Those to begin with. */
  first: readonly NotebookFile[];
  execution: RunNotebooksOptions;
  values: ExecutionValues;
  interrupt: Interrupt;
}

/** Stays until Ctrl-C. Returns the exit code: as the notebooks stand, or 130 when one was running. */
export async function watchNotebooks({ find, first, execution, values, interrupt }: WatchedRun): Promise<number> {
  const { parameters = {}, allowErrors = false, env = {} } = execution;
  let last = await find();
  const watch = new NotebookWatch(
    async () => {
      // A folder may be empty for a moment, while an editor or git replaces what is in it.
      last = await find().catch((error: unknown) => {
        if (error instanceof InputError) return last;
        throw error;
      });
      return last;
    },
    { parameters, allowErrors, env },
  );
  await watch.begin(last);
  const runs = new Map<string, NotebookRun>();
  let tasks: readonly NotebookFile[] = first;
  for (;;) {
    if (tasks.length > 0) {
      const executed = await executeAll(tasks, execution, values, interrupt, runs);
      if (interrupt.signal.aborted) return executed.exitCode;
      for (const run of executed.runs) runs.set(run.result.path, run);
      await watch.end(tasks);
    }
    console.log(`\nWatching ${count(last.length, "notebook")} and ${count(watch.files, "file")} that they depend on. Ctrl-C ends.`);
    interrupt.isIdle = true;
    const changes = await watch.next(interrupt.signal);
    if (interrupt.signal.aborted) return [...runs.values()].every(({ result }) => isGood(result.status)) ? 0 : 1;
    interrupt.isIdle = false;
    console.log();
    for (const { task, changed } of changes) console.log(`${task.path}: ${changed.length === 0 ? "new" : `changed: ${listed(changed)}`}`);
    tasks = changes.map(({ task }) => task as NotebookFile);
    await watch.begin(tasks);
  }
}
