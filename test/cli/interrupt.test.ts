/** Ctrl-C, and what must not be left: asked of the machine's process table. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { executed, processesOf, report, start, textOf, until } from "./cairn.ts";

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  const child =
    "import { spawn } from 'child_process'\nspawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).unref()\nconsole.log('child started')";
  put(folder, {
    "in/a-wait.ipynb": notebookText([
      "console.log('so far')",
      child,
      "await new Promise((resolve) => setTimeout(resolve, 100_000))",
      "'never'",
    ]),
    "in/b-loop.ipynb": notebookText(["console.log('so far')", child, "while (true) {}", "'never'"]),
    "in/c-later.ipynb": notebookText(["'never'"]),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Six processes: the command, two kernels with a child each, and a kernel that waits for the third notebook. */
const allStarted = (): boolean => processesOf(folder).length >= 6;

describe.runIf(process.platform === "linux")("a run that is interrupted", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by one %s writes what there is, leaves no process, and ends with %i", async (signal, code) => {
    const out = `out-${signal}`;
    const running = start(folder, ["run", "in", "--out", out, "--jobs", "2", "--json", `${out}.json`]);
    await until(allStarted);
    await new Promise((resolve) => setTimeout(resolve, 500)); // into the third cells
    running.child.kill(signal);
    const ran = await running.ended;
    expect(ran.code).toBe(code);
    expect(processesOf(folder)).toEqual([]);
    expect(report(folder, `${out}.json`).notebooks.map(({ status, error }) => [status, error?.name])).toEqual([
      ["failed", "Interrupted"],
      ["failed", "Interrupted"],
      ["skipped", undefined],
    ]);
    for (const name of ["a-wait", "b-loop"]) expect(textOf(executed(folder, `${out}/${name}.ipynb`).cells[0]!)).toBe("so far\n");
    expect(ran.stdout).toMatch(/3 notebooks: 2 failed, 1 skipped/);
  });

  test("a second Ctrl-C ends at once, and leaves no process either", async () => {
    const running = start(folder, ["run", "in", "--out", "twice", "--jobs", "2"]);
    await until(allStarted);
    const begun = performance.now();
    running.child.kill("SIGINT");
    await until(() => running.printed().includes("Press Ctrl-C again to end at once"));
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(performance.now() - begun).toBeLessThan(1500);
    await until(() => processesOf(folder).length === 0, 5000);
  });
});
