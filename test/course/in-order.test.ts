/** Scheduling: as many at a time as asked for, in order, none before what it needs. */
import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { inOrder, type Task } from "../../src/course/in-order.ts";

interface Trace {
  started: number[];
  mostAtOnce: number;
  early: number[];
}

/** Runs tasks that last as many turns of the event loop as told. */
async function trace(tasks: { after: number[]; turns: number }[], jobs: number): Promise<Trace & { results: number[] }> {
  const seen: Trace = { started: [], mostAtOnce: 0, early: [] };
  const ended = new Set<number>();
  const work: Task<number>[] = tasks.map(({ after, turns }, index) => ({
    after,
    run: async () => {
      seen.started.push(index);
      seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.started.length - ended.size);
      if (!after.every((needed) => ended.has(needed))) seen.early.push(index);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      ended.add(index);
      return index * 10;
    },
  }));
  return { ...seen, results: await inOrder(work, jobs), ...seen };
}

describe("inOrder", () => {
  test("starts in order and waits for prerequisites, passing by those that wait", async () => {
    const tasks = [
      { after: [], turns: 9 },
      { after: [0], turns: 1 },
      { after: [], turns: 1 },
      { after: [1, 2], turns: 1 },
    ];
    expect(await trace(tasks, 2)).toEqual({ started: [0, 2, 1, 3], mostAtOnce: 2, early: [], results: [0, 10, 20, 30] });
  });

  test("keeps its promises for any tasks, and is never idle without need", async () => {
    const task = (index: number): fc.Arbitrary<{ after: number[]; turns: number }> =>
      fc.record({ after: index === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(index - 1), { maxLength: 3 }), turns: fc.nat(4) });
    const tasks = fc.nat(12).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => task(index))));
    await fc.assert(
      fc.asyncProperty(tasks, fc.integer({ min: 1, max: 4 }), async (list, jobs) => {
        const { started, mostAtOnce, early, results } = await trace(list, jobs);
        expect(results).toEqual(list.map((_, index) => index * 10));
        expect(started.toSorted((a, b) => a - b)).toEqual(list.map((_, index) => index));
        expect(early).toEqual([]);
        expect(mostAtOnce).toBeLessThanOrEqual(jobs);
        if (list.every(({ after, turns }) => after.length === 0 && turns > 0)) expect(mostAtOnce).toBe(Math.min(jobs, list.length));
      }),
      { numRuns: 200 },
    );
  });

  test("tasks that wait for each other are an error, not an endless wait", async () => {
    const run = (): Promise<number> => Promise.resolve(0);
    await expect(
      inOrder(
        [
          { after: [1], run },
          { after: [0], run },
        ],
        2,
      ),
    ).rejects.toThrow("dependency cycle among the tasks 0, 1");
  });
});
