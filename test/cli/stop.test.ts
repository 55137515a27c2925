/** What ends a run early, and what is run again: --fail-fast, --run-timeout, --retries. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, processesOf, report, type Ran } from "./cairn.ts";

let folder: string;
const fails = "throw new Error('no')";
const flaky =
  "import fs from 'fs'\nfs.appendFileSync('tries.txt', 'x')\nif (fs.readFileSync('tries.txt', 'utf8').length < 3) throw new Error('not yet')";
beforeAll(() => {
  folder = makeFolder();
  put(folder, {
    "fast/a.ipynb": notebookText(["1"]),
    "fast/b.ipynb": notebookText([fails]),
    "fast/c.ipynb": notebookText(["1"]),
    "slow/a.ipynb": notebookText(["await new Promise((resolve) => setTimeout(resolve, 100_000))"]),
    "slow/b.ipynb": notebookText(["1"]),
    "flaky/cell.ipynb": notebookText([{ code: flaky, tags: ["flaky"] }]),
    "flaky/not.ipynb": notebookText([fails]),
    "flaky/whole.ipynb": notebookText([fails], { tags: ["flaky"] }),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(what: string, ...options: string[]): Promise<{ ran: Ran; notebooks: unknown[] }> {
  const ran = await cairn(folder, ["run", what, "--out", "out", "--json", "run.json", "--no-cache", ...options]);
  expect(processesOf(folder)).toEqual([]);
  const { notebooks } = report(folder, "run.json");
  return { ran, notebooks: notebooks.map(({ path, status, ...rest }) => [path, status, ...("attempts" in rest ? [rest.attempts] : [])]) };
}

test("--fail-fast starts nothing after a notebook that goes wrong", async () => {
  const { ran, notebooks } = await run("fast", "--fail-fast", "--jobs", "1");
  expect(ran.code).toBe(1);
  expect(notebooks).toEqual([
    ["fast/a.ipynb", "passed"],
    ["fast/b.ipynb", "failed"],
    ["fast/c.ipynb", "skipped"],
  ]);
});

test("--run-timeout stops what runs, and starts nothing more", async () => {
  const { ran, notebooks } = await run("slow", "--run-timeout", "4", "--jobs", "1");
  expect(ran.code).toBe(1);
  expect(notebooks).toEqual([
    ["slow/a.ipynb", "timeout"],
    ["slow/b.ipynb", "skipped"],
  ]);
  expect(ran.stdout).toContain("RunTimeout: the whole run took longer than 4 s");
});

test("--retries runs again what is tagged flaky, and says so", async () => {
  const { ran, notebooks } = await run("flaky", "--retries", "2");
  expect(ran.code).toBe(1);
  expect(notebooks).toEqual([
    ["flaky/cell.ipynb", "passed", 3],
    ["flaky/not.ipynb", "failed"],
    ["flaky/whole.ipynb", "failed", 3],
  ]);
  expect(ran.stdout).toMatch(/✓ flaky\/cell\.ipynb {2}[\d.]+ s, flaky: passed at try 3 {2}1 cell/);
});
