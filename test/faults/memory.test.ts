/** A kernel that holds more memory than it may, itself or by what it has started. */
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, processesOf, report, textOf } from "../cli/cairn.ts";
import { errorsOf, execute, notebookOf } from "../kernel/execute-helpers.ts";

const grow = `
console.log('begins')
const held: Buffer[] = []
for (let n = 0; n < 400; n++) {
  held.push(Buffer.alloc(10_000_000, 1))
  await new Promise((resolve) => setTimeout(resolve, 10))
}`;

const limit = 600;

test("the cell that takes too much is named, its outputs are kept, the rest is not run, and no process is left", async () => {
  const notebook = notebookOf("'small'", grow, "'never'");
  const { result, outputs } = await execute(notebook, { memoryLimitMb: limit });
  expect([result.status, result.cells.map(({ status }) => status)]).toEqual(["died", ["passed", "died", "skipped"]]);
  const { name, message } = result.cells[1]!.error!;
  const [, held, before] = /^the kernel and what it has started held (\d+) MB of memory, more than the limit of 600 MB, and were ended \(before the first cell it held (\d+) MB\)$/.exec(message)!; // prettier-ignore
  expect(name).toBe("MemoryLimit");
  expect(Number(held)).toBeGreaterThan(limit);
  expect(Number(before)).toBeGreaterThan(20);
  expect(Number(before)).toBeLessThan(limit);
  expect(outputs[1]![0]).toEqual({ output_type: "stream", name: "stdout", text: "begins\n" });
  expect(errorsOf(outputs[1]!)).toEqual([["MemoryLimit", message]]);
});

test("processes that a cell starts count; the limit of the notebook comes before the caller's", async () => {
  const child = "const held = []; setInterval(() => held.push(Buffer.alloc(10_000_000, 1)), 10)";
  const notebook = notebookOf(`import { spawn } from 'node:child_process'`, `spawn(process.execPath, ['-e', ${JSON.stringify(child)}])\nawait new Promise(() => setInterval(() => {}, 1000))`); // prettier-ignore
  notebook.metadata["execution"] = { memory_limit: limit };
  const { result } = await execute(notebook, { memoryLimitMb: 100_000, timeoutSeconds: 120 });
  expect(result.cells.map(({ status, error }) => [status, error?.name])).toEqual([
    ["passed", undefined],
    ["died", "MemoryLimit"],
  ]);
});

test("what a cell has taken in an instant counts for that cell", async () => {
  const { statuses } = await execute(notebookOf("const held = Buffer.alloc(900_000_000, 1)", "1"), { memoryLimitMb: limit });
  expect(statuses).toEqual(["died", "skipped"]);
});

test("below its limit a notebook passes", async () => {
  const { result } = await execute(notebookOf("Buffer.alloc(20_000_000, 1).length"), { memoryLimitMb: 2000 });
  expect(result.status).toBe("passed");
});

test("cairn run --memory-limit reports it as a notebook that lost its kernel", async () => {
  const folder = makeFolder();
  put(folder, { "a.ipynb": notebookText([grow]) });
  const ran = await cairn(folder, ["run", "a.ipynb", "--out", "out", "--memory-limit", String(limit), "--json", "run.json"]);
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/a\.ipynb {2}.*died in cell 1/);
  expect(ran.stdout).toMatch(/MemoryLimit: the kernel and what it has started held \d+ MB of memory, more than the limit of 600 MB/);
  expect(report(folder, "run.json").notebooks[0]!.status).toBe("died");
  expect(textOf(executed(folder, "out/a.ipynb").cells[0]!)).toBe("begins\n");
  expect(processesOf(folder)).toEqual([]);
  expect((await cairn(folder, ["run", "a.ipynb", "--out", "out", "--memory-limit", "much"])).stderr).toBe("cairn run: --memory-limit must be a number > 0, got much\n"); // prettier-ignore
  rmSync(folder, { recursive: true });
});
