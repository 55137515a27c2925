import { openSync, closeSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startRay, trainDataParallel, type DataParallelOptions } from "../../kernel-helpers/distributed/index.ts";
import { readFrame, writeFrame } from "../../kernel-helpers/distributed/node/frames.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-distributed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const task = path.join(folder, "task.mjs");
writeFileSync(task, "export default () => ({});");
const options: DataParallelOptions = {
  cluster: { address: "http://127.0.0.1:9" },
  task,
  workers: 2,
  steps: 1,
  folder,
};

describe("what a data-parallel run is given", () => {
  test.each([
    [{ task: "no-such-task.mjs" }, /there is no such file/],
    [{ workers: 0 }, /workers/],
    [{ steps: 1.5 }, /steps/],
    [{ backend: "mpi" }, /"gloo" or "nccl"/],
    [{ resources: { cpu: 1 } }, /did you mean "cpus"/],
    [{ shardOptimiser: true }, /did you mean "shardOptimizer"/],
    [{ cluster: { address: "here" } }, /http or https address/],
  ])("%j is refused", async (wrong, message) => {
    await expect(trainDataParallel({ ...options, ...wrong } as never)).rejects.toThrow(message);
  });

  test("a run whose signal has fired is not begun", async () => {
    await expect(trainDataParallel({ ...options, signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  });

  test.each([
    ["export const make = () => ({});", "has no function as its default export"],
    ['import "no-such-package";', "Cannot find package 'no-such-package'"],
    ["process.exit(3);", "its process ended with 3"],
  ])("a task that reads %j is refused before the cluster hears of it", async (text, message) => {
    const wrong = path.join(folder, `wrong-${text.length}.mjs`);
    writeFileSync(wrong, text);
    const out = path.join(folder, "refused");
    await expect(trainDataParallel({ ...options, task: wrong, folder: out })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: expect.stringContaining(message) as string,
      facts: { argument: "task" },
    });
    expect(existsSync(out)).toBe(false);
  });

  test("a cluster that does not answer is an error once the patience is over", async () => {
    await expect(trainDataParallel({ ...options, patience: 0 })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" });
  });
});

test("a Python that is not there is an error that says so", async () => {
  await expect(startRay({ python: path.join(folder, "python"), timeout: 5 })).rejects.toThrow(/could not be started/);
  await expect(startRay({ objectMemory: 1 })).rejects.toThrow(/objectMemory/);
});

test("a frame comes out as it went in, and the end of the input is no frame", () => {
  const file = path.join(folder, "frames");
  const output = openSync(file, "w");
  writeFrame(output, { do: "update", norm: 0.5 }, new Float32Array([1.5, -2, 3]));
  writeFrame(output, { name: "层" });
  closeSync(output);
  const input = openSync(file, "r");
  expect(readFrame(input)).toEqual({ head: { do: "update", norm: 0.5 }, body: new Float32Array([1.5, -2, 3]) });
  expect(readFrame(input)).toEqual({ head: { name: "层" }, body: new Float32Array(0) });
  expect(readFrame(input)).toBeUndefined();
  closeSync(input);
});
