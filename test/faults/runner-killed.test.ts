/** SIGKILL gives the runner no chance to clean up. Its kernels, and what they have started, must end all the same. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../kernel/execute-helpers.ts";
import { untilDead } from "../kernel/transport-helpers.ts";

const runner = (cell: string): string => `
import { executeNotebook } from ${JSON.stringify(resolve("src/dist/execute/index.js"))};
import { builtInKernelspec, KernelPool } from ${JSON.stringify(resolve("src/dist/kernel/index.js"))};
const cells = [{ cell_type: "code", source: ${JSON.stringify(cell)}, metadata: {}, execution_count: null, outputs: [] }];
const notebook = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells };
await executeNotebook(notebook, { path: "a.ipynb", cwd: process.cwd(), kernels: new KernelPool({ spec: builtInKernelspec(), jobs: 1 }) });
`;

const patience = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((done) => setTimeout(done, 20));
};

test.each([
  ["while it awaits", "await new Promise(() => setInterval(() => 0, 1000))"],
  ["in the middle of a busy cell", "while (true) {}"],
])("the kernel ends with a killed runner, %s", async (_, endless) => {
  const pidFile = join(temporaryFolder(), "pid");
  const script = runner(`import { writeFileSync } from 'fs'\nwriteFileSync(${JSON.stringify(pidFile)}, String(process.pid))\n${endless}`);
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  await patience(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
  const kernelPid = Number(readFileSync(pidFile, "utf8"));
  expect(existsSync(`/proc/${kernelPid}`)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  await untilDead(kernelPid);
});
