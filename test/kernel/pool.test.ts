/** Kernels ahead of need: each notebook gets a fresh one in its folder, and none is left at the end. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { builtInKernelspec, defaultJobs, KernelPool, KernelStartError, type RunningKernel } from "../../src/dist/kernel/index.js";
import { isAlive, run } from "./transport-helpers.ts";

let folder: string;
let pool: KernelPool;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "pool-")));
  pool = new KernelPool({ spec: builtInKernelspec(), jobs: 1 });
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

const about = async (kernel: RunningKernel): Promise<{ pid: number; cwd: string }> => {
  const { stdout } = await run(kernel, "console.log(JSON.stringify({ pid: process.pid, cwd: process.cwd() }))");
  return JSON.parse(stdout) as { pid: number; cwd: string };
};

test("a prepared kernel is handed out once, in its folder; the next one is another", async () => {
  pool.prepare(folder);
  pool.prepare(folder);
  const kernels = [await pool.acquire(folder), await pool.acquire(folder), await pool.acquire(folder)];
  const facts = await Promise.all(kernels.map(about));
  expect(facts.map(({ cwd }) => cwd)).toEqual([folder, folder, folder]);
  expect(new Set(facts.map(({ pid }) => pid)).size).toBe(3);
});

test("one prepared for another folder is not handed out", async () => {
  pool.prepare(process.cwd());
  expect((await about(await pool.acquire(folder))).cwd).toBe(folder);
  expect((await about(await pool.acquire(process.cwd()))).cwd).toBe(process.cwd());
});

test("one that died while it waited is replaced", async () => {
  pool.prepare(folder);
  const first = await pool.acquire(folder);
  pool.prepare(folder);
  // The waiting kernel's process id is not known here: it is the only other child of ours.
  const { pid } = await about(first);
  const children = (
    await run(first, `import { execSync } from 'child_process'; console.log(execSync('ps -o pid= --ppid ${process.pid}').toString())`)
  ).stdout;
  const others = children
    .split(/\s+/)
    .map(Number)
    .filter((other) => other > 0 && other !== pid);
  for (const other of others) process.kill(other, "SIGKILL");
  const second = await about(await pool.acquire(folder));
  expect(others).not.toContain(second.pid);
  expect(isAlive(second.pid)).toBe(true);
});

test("close() ends those handed out and those that wait", async () => {
  pool.prepare(folder);
  const { pid } = await about(await pool.acquire(folder));
  pool.prepare(folder);
  await pool.close();
  expect(isAlive(pid)).toBe(false);
  await expect(pool.acquire(folder)).rejects.toMatchObject({ code: "ERR_CAIRN", message: "the kernel pool is closed" });
});

test("a kernel that cannot start is an error of acquire(), not of prepare()", async () => {
  const broken = new KernelPool({ spec: { ...builtInKernelspec(), argv: ["no-such-program"] }, jobs: 1 });
  broken.prepare(folder);
  await expect(broken.acquire(folder)).rejects.toThrow(KernelStartError);
  await broken.close();
});

test("jobs: cores, as far as memory goes, and at least one", () => {
  expect(defaultJobs(8, 64e9)).toBe(8);
  expect(defaultJobs(8, 2e9)).toBe(3);
  expect(defaultJobs(8, 1e8)).toBe(1);
  expect(defaultJobs()).toBeGreaterThanOrEqual(1);
});
