/** However the process that started a kernel ends, the kernel ends with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isAlive, untilDead } from "./transport-helpers.ts";

const kernelModule = fileURLToPath(new URL("../../src/dist/kernel/index.js", import.meta.url));

/** A runner that starts a kernel, prints the process ids of the kernel and of a child of it, then does `ending`. */
const script = (ending: string): string => `
import { builtInKernelspec, startKernel } from ${JSON.stringify(kernelModule)};
const kernel = await startKernel(builtInKernelspec(), { cwd: process.cwd() });
const future = kernel.connection.requestExecute({ code: \`
  import { spawn } from 'child_process'
  console.log(process.pid, spawn('sleep', ['1000'], { stdio: 'ignore' }).pid, 'end'); while (true) {}\` });
future.done.catch(() => undefined);
future.onIOPub = ({ header, content }) => {
  if (header.msg_type !== "stream") return;
  console.log(content.text);
  ${ending}
};`;

test.runIf(process.platform === "linux").each([
  ["it exits", "process.exit(0)", undefined, [0, null]],
  ["it crashes", 'process.nextTick(() => { throw new Error("crash") })', undefined, [1, null]],
  ["SIGTERM ends it", "", "SIGTERM", [null, "SIGTERM"]],
  ["Ctrl-C ends it", "", "SIGINT", [null, "SIGINT"]],
  ["its terminal closes", "", "SIGHUP", [null, "SIGHUP"]],
] as const)("%s", async (_, ending, signal, expected) => {
  const runner = spawn(process.execPath, ["--input-type=module", "-e", script(ending)], { stdio: ["ignore", "pipe", "ignore"] });
  const exit = once(runner, "exit");
  const [line] = (await once(runner.stdout.setEncoding("utf8"), "data")) as [string];
  const pids = line.split(" ").slice(0, 2).map(Number);
  if (signal) {
    expect(pids.map(isAlive)).toEqual([true, true]);
    runner.kill(signal);
  }
  expect(await exit).toEqual(expected);
  await Promise.all(pids.map(untilDead));
});

test.runIf(process.platform === "linux")("even SIGKILL takes the built-in kernel along", async () => {
  const runner = spawn(process.execPath, ["--input-type=module", "-e", script("")], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(runner.stdout.setEncoding("utf8"), "data")) as [string];
  const [kernel, child] = line.split(" ").map(Number) as [number, number];
  runner.kill("SIGKILL");
  await untilDead(kernel);
  expect(isAlive(kernel)).toBe(false);
  process.kill(child); // nobody is left who could have ended it
});
