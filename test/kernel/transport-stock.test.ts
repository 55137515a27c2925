/** Stock tslab over TCP, as an installed kernelspec starts it: loses its idle after many writes, but runs, stops and ends. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startKernel, type RunningKernel } from "../../src/dist/kernel/index.js";
import { stockSpec } from "./execute-helpers.ts";
import { run, untilPrinted } from "./transport-helpers.ts";

let kernel: RunningKernel;
beforeAll(async () => {
  kernel = await startKernel(stockSpec(), { cwd: process.cwd() });
});
afterAll(() => kernel.close());

test("executes", async () => {
  expect((await run(kernel, "const x: number = 41; x + 1")).stdout).toBe("42\n");
});

test("SIGINT stops a cell", async () => {
  const future = kernel.connection.requestExecute({ code: `console.log("begun"); while (true) {}` });
  await untilPrinted(future, /begun/);
  await kernel.interrupt();
  expect((await future.done).content.status).toBe("error");
});
