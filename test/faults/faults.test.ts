/**
 * Notebooks that go wrong in every way we know. Each ends as its contract says, with what it had shown kept in the notebook; that no
 * process is left is checked after each (execute() does).
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtInKernelspec } from "../../src/dist/kernel/index.js";
import { formatNotebook, NotebookFormatError, readNotebook } from "../../src/dist/nbformat/index.js";
import { errorsOf, execute, notebookOf, temporaryFolder, textOf } from "../kernel/execute-helpers.ts";

test("a failing cell", async () => {
  const { result, statuses, outputs } = await execute(
    notebookOf("console.log('before')\nfunction f() {\n  throw new TypeError('no')\n}\nf()", "1"),
  );
  expect(result.status).toBe("failed");
  expect(statuses).toEqual(["failed", "skipped"]);
  expect(result.cells[0]!.error).toEqual({ name: "TypeError", message: "no", line: 3 });
  expect(outputs[0]!.map(({ output_type: type }) => type)).toEqual(["stream", "error"]);
});

describe("a cell that does not end, with a limit", () => {
  test.each([
    ["a synchronous loop", "while (true) {}"],
    ["an asynchronous wait", "await new Promise(() => setInterval(() => 0, 1000))"],
    ["a loop after an await", "await null; while (true) {}"],
    ["a loop that awaits", "while (true) await new Promise((resolve) => setTimeout(resolve, 10))"],
    ["one that catches everything", "for (;;) { try { await new Promise((resolve) => setTimeout(resolve, 10)) } catch {} }"],
  ])("%s", async (_, endless) => {
    const { result, statuses, outputs } = await execute(notebookOf("'the compiler is warm'", `console.log("begun")\n${endless}`, "1"), {
      cellTimeoutSeconds: 1,
    });
    expect(result.status).toBe("timeout");
    expect(statuses).toEqual(["passed", "timeout", "skipped"]);
    expect(textOf(outputs[1]!)).toBe("begun\n");
    expect(errorsOf(outputs[1]!)).toEqual([["CellTimeout", "the cell ran longer than 1 s"]]);
    expect(result.cells[1]!.seconds).toBeLessThan(5);
  });

  test("a command that it waits for, and the kernel goes on", async () => {
    const waiting = "import { spawnSync } from 'child_process'\nconsole.log('begun')\nspawnSync('sleep', ['1000'])";
    const { result, statuses, outputs } = await execute(notebookOf("const kept = 'kept'", waiting, "kept"), {
      cellTimeoutSeconds: 1,
      allowErrors: true,
    });
    expect(statuses).toEqual(["passed", "timeout", "passed"]);
    expect(errorsOf(outputs[1]!)).toEqual([["CellTimeout", "the cell ran longer than 1 s"]]);
    expect(result.status).toBe("timeout");
  });

  test("one that no interrupt reaches", async () => {
    const pipe = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [pipe]);
    const blocking = `console.log('begun')\nfs.readFileSync(${JSON.stringify(pipe)})`;
    const notebook = notebookOf("import fs from 'fs'", blocking, "1");
    const { result, statuses, outputs } = await execute(notebook, { cellTimeoutSeconds: 3, allowErrors: true });
    expect(statuses).toEqual(["passed", "timeout", "skipped"]);
    const message = `the cell ran longer than 3 s, and did not stop when interrupted, so its kernel was ended
  hint: a call into native code cannot be stopped from outside: reading a pipe, waiting for a lock, a library's one long step.
        Its asynchronous form, where there is one, can be`;
    expect(result.cells[1]!.error).toEqual({ name: "CellTimeout", message });
    expect(textOf(outputs[1]!)).toBe("begun\n");
    expect(errorsOf(outputs[1]!)).toEqual([["CellTimeout", message]]);
  });
});

describe("a kernel that ends", () => {
  test.each([
    ["process.exit(3)", "the kernel ended with exit code 3"],
    ["process.exit(0)", "the kernel ended with exit code 0"],
    ["setTimeout(() => process.exit(4), 100); await new Promise(() => 0)", "the kernel ended with exit code 4"],
    [
      "process.kill(process.pid, 'SIGKILL'); await new Promise(() => 0)",
      "the kernel was ended by SIGKILL: killed, most likely because the machine ran out of memory",
    ],
    ["process.kill(process.pid, 'SIGSEGV'); await new Promise(() => 0)", "the kernel was ended by SIGSEGV"],
  ])("by %s", async (end, message) => {
    // Let what was printed leave before SIGKILL, which lets nobody send anything.
    const cell = `console.log("last line")\nawait new Promise((resolve) => setTimeout(resolve, 200))\n${end}`;
    const { result, statuses, outputs } = await execute(notebookOf("1", cell, "2"), { allowErrors: true });
    expect(result.status).toBe("died");
    expect(statuses).toEqual(["passed", "died", "skipped"]);
    expect(result.cells[1]!.error).toEqual({ name: "KernelDied", message });
    expect(textOf(outputs[1]!)).toBe("last line\n");
    expect(errorsOf(outputs[1]!)).toEqual([["KernelDied", message]]);
  });

  test("after its last cell has passed", async () => {
    const { result, statuses } = await execute(notebookOf("setTimeout(() => process.exit(5), 0); 1"));
    expect(result.status).toBe("died");
    expect(statuses).toEqual(["died"]);
  });

  test("because its heap is full: the reason is named", async () => {
    const spec = builtInKernelspec();
    const [node, ...rest] = spec.argv;
    const cell =
      "const all: number[][] = []\nconsole.log('filling')\nawait new Promise((resolve) => setTimeout(resolve, 200))\nwhile (true) all.push(new Array(1e5).fill(all.length))";
    const small = { ...spec, argv: [node!, "--max-old-space-size=256", ...rest] };
    const { result, statuses, outputs } = await execute(notebookOf(cell, "1"), { spec: small });
    expect(result.status).toBe("died");
    expect(statuses).toEqual(["died", "skipped"]);
    expect(result.cells[0]!.error!.message).toMatch(
      /^the kernel was ended by SIGABRT: out of memory; its last words:\nFATAL ERROR: .*heap out of memory$/,
    );
    expect(textOf(outputs[0]!)).toBe("filling\n");
    expect(textOf(outputs[0]!, "stderr")).toContain("heap out of memory");
  });
});

describe("much output", () => {
  test("50 MB: beginning and end are kept, and the notebook stays one that can be opened", async () => {
    const cell =
      "const line = 'x'.repeat(99)\nfor (let i = 0; i < 500; i++) console.log(Array.from({ length: 1000 }, () => line).join('\\n'))\nconsole.log('the end')";
    const { result, outputs, notebook } = await execute(notebookOf(cell, "1 + 1"));
    expect(result.status).toBe("passed");
    const [head, notice, tail] = outputs[0]! as { text: string }[];
    expect(outputs[0]).toHaveLength(3);
    expect(head!.text).toHaveLength(16_000_000);
    expect(notice!.text).toMatch(/^\n\[18,000,\d{3} characters left out here: a cell keeps its first and last 16,000,000\]\n$/);
    expect(tail!.text).toMatch(/x{99}\nthe end\n$/);
    expect(JSON.parse(formatNotebook(notebook))).toMatchObject({ nbformat: 4 });
  });

  test("one line of 20 MB is kept whole", async () => {
    const { outputs } = await execute(notebookOf("console.log('y'.repeat(20e6))"));
    expect(textOf(outputs[0]!) === `${"y".repeat(20e6)}\n`).toBe(true);
  });
});

describe("what nobody awaits", () => {
  test("a rejection that nobody handles fails its cell", async () => {
    const { result, statuses, outputs } = await execute(notebookOf("void Promise.reject(new TypeError('floating'))\n1", "2"));
    expect(statuses).toEqual(["failed", "skipped"]);
    expect(result.cells[0]!.error).toMatchObject({ name: "TypeError", message: "floating", line: 1 });
    expect(errorsOf(outputs[0]!)).toEqual([["TypeError", "floating"]]);
  });

  test("one that comes while a later cell runs fails the cell that made it, and stops the notebook", async () => {
    const { result, statuses, outputs, events } = await execute(
      notebookOf(
        "setTimeout(() => { throw new Error('late') }, 50); 0",
        "await new Promise((resolve) => setTimeout(resolve, 300)); 'second'",
        "3",
      ),
    );
    expect(result.status).toBe("failed");
    expect(statuses).toEqual(["failed", "passed", "skipped"]);
    expect(errorsOf(outputs[0]!)).toEqual([["Error", "late"]]);
    const ends = events.flatMap((event) => (event.type === "cell-end" ? [`${event.cell.index} ${event.cell.status}`] : []));
    expect(ends).toEqual(["0 passed", "0 failed", "1 passed", "2 skipped"]);
  });

  test("an interval that still runs at the end does not hold the notebook, nor live on", async () => {
    const { result, statuses } = await execute(notebookOf("setInterval(() => console.log('tick'), 10); 0", "1"));
    expect(result.status).toBe("passed");
    expect(statuses).toEqual(["passed", "passed"]);
  });
});

test("what a child process writes to the kernel's own stdout and stderr is in the notebook", async () => {
  const cell =
    "import { execSync } from 'child_process'\nexecSync('echo out of a child; echo and its complaint >&2', { stdio: 'inherit' })\nconsole.log('after')";
  const { result, outputs } = await execute(notebookOf(cell, "1"));
  expect(result.status).toBe("passed");
  expect(textOf(outputs[0]!)).toContain("out of a child\n");
  expect(textOf(outputs[0]!)).toContain("after\n");
  expect(textOf(outputs[0]!, "stderr")).toBe("and its complaint\n");
});

describe("stopped from outside", () => {
  test("in a cell: it is interrupted, what it printed is kept, the rest is skipped", async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const begun = join(folder, "begun");
    const cell = `import { writeFileSync } from 'fs'\nconsole.log('begun')\nwriteFileSync(${JSON.stringify(begun)}, '')\nwhile (true) {}`;
    const poll = setInterval(() => existsSync(begun) && controller.abort(), 20);
    const { result, statuses, outputs } = await execute(notebookOf("1", cell, "2"), { signal: controller.signal, allowErrors: true });
    clearInterval(poll);
    expect(result).toMatchObject({ status: "failed", error: { name: "Interrupted", message: "the run was interrupted" } });
    expect(statuses).toEqual(["passed", "failed", "skipped"]);
    expect(textOf(outputs[1]!)).toBe("begun\n");
    expect(errorsOf(outputs[1]!)).toEqual([["Interrupted", "the run was interrupted"]]);
  });

  test("before it began: nothing runs", async () => {
    const { result, statuses } = await execute(notebookOf("1"), { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: "failed", error: { name: "Interrupted" } });
    expect(statuses).toEqual(["skipped"]);
  });
});

test("a notebook that is not JSON", async () => {
  const path = join(temporaryFolder(), "broken.ipynb");
  writeFileSync(path, '{"cells": [\n  {"cell_type": }\n]}');
  const error: unknown = await readNotebook(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NotebookFormatError);
  expect((error as NotebookFormatError).message).toContain("is not JSON: line 2, column 17");
  expect((error as NotebookFormatError).exitCode).toBe(2);
  expect(readFileSync(path, "utf8")).toContain('{"cell_type": }');
});
