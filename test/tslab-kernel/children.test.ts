/** Which processes ■ may end: those that the cell has started. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { fromPs, youngProcesses } from "../../src/tslab-kernel/children.ts";

const self = process.pid;
const other = (pid: number, about: object): { pid: number; parent: number; group: number; age: number } => ({
  pid,
  parent: 1,
  group: pid,
  age: 1,
  ...about,
});

test("its descendants, however far, and who belongs to its group, if they are young", () => {
  const kernel = other(self, { group: self, age: 100 });
  const all = [
    kernel,
    other(10, { parent: self }),
    other(11, { parent: 10 }),
    other(12, { group: self }),
    other(13, { parent: 12 }),
    other(14, { parent: self, age: 50 }),
    other(15, {}),
  ];
  expect(youngProcesses(2, all)).toEqual([10, 11, 12, 13]);
});

test("not its group where another process leads it", () => {
  const all = [other(self, { group: 5, age: 100 }), other(5, { age: 200 }), other(10, { parent: self, group: 5 }), other(12, { group: 5 })];
  expect(youngProcesses(2, all)).toEqual([10]);
});

test.runIf(existsSync("/bin/ps") || existsSync("/usr/bin/ps"))("a child is found in the table of processes and by ps", async () => {
  const child = spawn("sleep", ["60"]);
  try {
    await new Promise((resolve) => child.once("spawn", resolve));
    expect(youngProcesses(60)).toContain(child.pid);
    expect(youngProcesses(60, fromPs())).toContain(child.pid);
    const found = fromPs().find(({ pid }) => pid === child.pid)!;
    expect(found).toMatchObject({ parent: self, group: expect.any(Number) as number });
    expect(found.age).toBeLessThan(60);
  } finally {
    child.kill("SIGKILL");
  }
});
