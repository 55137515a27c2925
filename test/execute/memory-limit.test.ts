/** Limits of memory where it is not known what a kernel holds; `test/faults/memory.test.ts` has real kernels. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { memoryLimitOf } from "../../src/execute/memory-limit.ts";
import type { RunningKernel } from "../../src/kernel/index.ts";
import type { Notebook } from "../../src/nbformat/index.ts";

const holding = (bytes: number | undefined): RunningKernel => ({ memory: () => bytes }) as unknown as RunningKernel;
const notebook = (execution: unknown): Notebook => ({ nbformat: 4, nbformat_minor: 4, metadata: { execution }, cells: [] });

test("a caller's limit is refused, a notebook's own passed over", () => {
  expect(() => memoryLimitOf(notebook({}), holding(undefined), 500)).toThrow(InputError);
  expect(memoryLimitOf(notebook({ memory_limit: 500 }), holding(undefined), undefined)).toBeUndefined();
});

test("without a number, or with 0, memory is not limited; a notebook's own comes first", () => {
  for (const execution of [undefined, null, {}, { memory_limit: "500" }, { memory_limit: 0 }])
    expect(memoryLimitOf(notebook(execution), holding(1e9), undefined)).toBeUndefined();
  expect(memoryLimitOf(notebook({ memory_limit: 0 }), holding(1e9), 500)).toBeUndefined();
  expect(memoryLimitOf(notebook({ memory_limit: 900 }), holding(1e9), 2000)?.look()).toEqual({
    kind: "memory-limit",
    held: 1000,
    limit: 900,
    before: 1000,
  });
  expect(memoryLimitOf(notebook({}), holding(1e9), 1000)?.look()).toBeUndefined();
});
