/** Work in order, some of it at a time, none before what it needs. */
import { CairnError } from "../errors.ts";

export interface Task<T> {
  /** Positions of the tasks that have to have ended before. */
  after: readonly number[];
  run: () => Promise<T>;
}

/** Starts the first task that is ready whenever fewer than `jobs` run. `run` must not reject. Results are in the order of the tasks. */
export async function inOrder<T>(tasks: readonly Task<T>[], jobs: number): Promise<T[]> {
  const waiting = new Set(tasks.keys());
  const results = new Map<number, T>();
  const running = new Set<Promise<void>>();
  while (waiting.size > 0 || running.size > 0) {
    const isReady = (index: number): boolean => tasks[index]!.after.every((needed) => results.has(needed));
    const next = running.size < jobs ? [...waiting].find(isReady) : undefined;
    if (next === undefined) {
      if (running.size === 0)
        throw new CairnError(`dependency cycle among the tasks ${[...waiting].join(", ")}`, { facts: { tasks: [...waiting] } });
      await Promise.race(running);
      continue;
    }
    waiting.delete(next);
    const task = tasks[next]!.run()
      .then((result) => void results.set(next, result))
      .finally(() => running.delete(task));
    running.add(task);
  }
  return tasks.map((_, index) => results.get(index)!);
}
