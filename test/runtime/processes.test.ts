/** The list of processes, from /proc and as `ps` tells it on a Mac. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { processes } from "../../src/runtime/processes.ts";

const platform = process.platform;
const pretend = (value: NodeJS.Platform): unknown => Object.defineProperty(process, "platform", { value });
afterEach(() => void pretend(platform));

const hasPs = spawnSync("ps", ["-p", String(process.pid)]).status === 0;

/** On this machine, which may be neither. */
const ways = (["linux", "darwin"] as const).filter((system) => (system === "linux" ? platform === "linux" : platform !== "win32" && hasPs));

test.each(ways)("on %s", async (system) => {
  const mark = "// a mark with spaces";
  const child = spawn(process.execPath, ["-e", `${mark}\nconsole.log(1)\nsetInterval(() => {}, 1000)`]);
  await once(child.stdout, "data");
  pretend(system);
  const found = processes().filter(({ command }) => command.includes(mark));
  child.kill();
  expect(found.map(({ pid }) => pid)).toEqual([child.pid]);
});
