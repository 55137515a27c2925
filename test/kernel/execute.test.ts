/** One notebook on our kernel: order, outputs, failures, tags, parameters, events, limits. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtInKernelspec, KernelPool, type KernelSource, ServerKernels } from "../../src/dist/kernel/index.js";
import type { CodeCell } from "../../src/dist/nbformat/index.js";
import { errorsOf, execute, kernelProcesses, notebookOf, temporaryFolder, textOf } from "./execute-helpers.ts";

const result = (text: string, count: number): object => ({
  output_type: "execute_result",
  execution_count: count,
  data: { "text/plain": text },
  metadata: {},
});

test("cells run in order, keep their state, and get outputs and counts; the notebook learns its language", async () => {
  const notebook = notebookOf("let x = 20", "console.log(x); x + 1", "", "x");
  notebook.cells.splice(1, 0, { cell_type: "markdown", source: "# Title", metadata: {} });
  (notebook.cells[4] as CodeCell).outputs = [{ output_type: "stream", name: "stdout", text: "of an earlier run" }];
  const { result: run, outputs, statuses, events } = await execute(notebook);
  expect(run.status).toBe("passed");
  expect(run.error).toBeUndefined();
  expect(statuses).toEqual(["passed", "passed", "passed", "passed"]);
  expect(run.cells.map(({ index }) => index)).toEqual([0, 2, 3, 4]);
  expect(outputs[2]).toEqual([{ output_type: "stream", name: "stdout", text: "20\n" }, result("21", 2)]);
  expect(notebook.cells.map((cell) => (cell as CodeCell).execution_count)).toEqual([1, undefined, 2, null, 3]);
  expect(outputs[4]).toEqual([result("20", 3)]);
  expect(notebook.metadata.language_info).toMatchObject({ name: "typescript", file_extension: ".ts" });
  const told = events.map((event) =>
    event.type === "cell-end"
      ? `end ${event.cell.index} ${event.cell.status}`
      : event.type === "cell-start"
        ? `start ${event.index}`
        : event.type,
  );
  expect(told).toEqual([
    "notebook-start",
    "start 0",
    "end 0 passed",
    "start 2",
    "cell-output",
    "cell-output",
    "end 2 passed",
    "start 3",
    "end 3 passed",
    "start 4",
    "cell-output",
    "end 4 passed",
    "notebook-end",
  ]);
  expect(events[0]).toEqual({ type: "notebook-start", path: "a.ipynb", cells: 4 });
  expect(events.at(-1)).toEqual({ type: "notebook-end", result: run });
});

test("the notebook's metadata make its cells strict, also in a kernel that was started ahead", async () => {
  const notebook = notebookOf("let loose: string", "let strict: string = null");
  expect((await execute(notebook)).result.status).toBe("passed");
  notebook.metadata["typescript"] = { strict: true };
  const { result: run } = await execute(notebook);
  expect(run.cells[1]!.error?.message).toBe("TS2322: Type 'null' is not assignable to type 'string'.");
});

describe("a failing cell", () => {
  const failing = (): ReturnType<typeof notebookOf> =>
    notebookOf("1", 'const a = 1\nthrow new RangeError("boom")', "2", "const n: number = 'x'", "3");

  test("stops the notebook; what follows is skipped, and loses the outputs of an earlier run", async () => {
    const notebook = failing();
    (notebook.cells[2] as CodeCell).outputs = [{ output_type: "stream", name: "stdout", text: "of an earlier run" }];
    const { result: run, statuses, outputs } = await execute(notebook);
    expect(run.status).toBe("failed");
    expect(statuses).toEqual(["passed", "failed", "skipped", "skipped", "skipped"]);
    expect(run.cells[1]!.error).toEqual({ name: "RangeError", message: "boom", line: 2 });
    expect(errorsOf(outputs[1]!)).toEqual([["RangeError", "boom"]]);
    expect(outputs[2]).toEqual([]);
  });

  test.each([{ allowErrors: true }, {}])(
    "is allowed, by the caller or by the notebook itself: all run, all is reported",
    async (options) => {
      const notebook = failing();
      if (!options.allowErrors) notebook.metadata["execution"] = { allow_errors: true };
      const { result: run, statuses, outputs } = await execute(notebook, options);
      expect(run.status).toBe("passed");
      expect(statuses).toEqual(["passed", "failed", "passed", "failed", "passed"]);
      expect(run.cells[3]!.error).toEqual({
        name: "TypeScriptError",
        message: "TS2322: Type 'string' is not assignable to type 'number'.",
        line: 1,
      });
      expect(outputs[4]).toEqual([result("3", 5)]);
    },
  );
});

describe("tags", () => {
  test("raises-exception: the cell must raise, and the next one runs", async () => {
    const { result: run, statuses, outputs } = await execute(notebookOf(["throw new Error('on purpose')", "raises-exception"], "1 + 1"));
    expect(run.status).toBe("passed");
    expect(statuses).toEqual(["passed", "passed"]);
    expect(errorsOf(outputs[0]!)).toEqual([["Error", "on purpose"]]);
    expect(outputs[1]).toEqual([result("2", 2)]);
  });

  test("raises-exception:NAME: the error must have the name", async () => {
    const {
      statuses,
      outputs,
      result: run,
    } = await execute(
      notebookOf(
        ["throw new RangeError('on purpose')", "raises-exception:RangeError"],
        ["const n: string = 1", "raises-exception:RangeError", "raises-exception:TypeScriptError"],
        ["throw new TypeError('another')", "raises-exception", "raises-exception:RangeError"],
        "2",
      ),
    );
    expect(statuses).toEqual(["passed", "passed", "failed", "skipped"]);
    expect(run.cells[2]!.error).toEqual({
      name: "OtherRaised",
      message: 'the cell raised another error than its tag "raises-exception:RangeError" says: TypeError: another',
    });
    expect(outputs[2]!.map((output) => "ename" in output && output.ename)).toEqual(["TypeError", "OtherRaised"]);
  });

  test("a cell's own time limit comes before the notebook's, which comes before the caller's", async () => {
    const wait = (ms: number): string => `await new Promise((done) => setTimeout(done, ${ms}))`;
    const notebook = notebookOf(wait(700), wait(60_000));
    notebook.metadata["execution"] = { timeout: 60 };
    notebook.cells[0]!.metadata["execution"] = { timeout: 0 };
    notebook.cells[1]!.metadata["execution"] = { timeout: 0.5, "iopub.status.busy": "2020" };
    const { statuses, result: run } = await execute(notebook, { cellTimeoutSeconds: 0.1 });
    expect(statuses).toEqual(["passed", "timeout"]);
    expect(run.cells[1]!.error?.message).toBe("the cell ran longer than 0.5 s");
    expect(notebook.cells[1]!.metadata).toEqual({ execution: { timeout: 0.5 } });
  });

  test("raises-exception: one that raises nothing fails", async () => {
    const { result: run, statuses, outputs } = await execute(notebookOf(["1 + 1", "raises-exception"], "2"));
    expect(statuses).toEqual(["failed", "skipped"]);
    const message = 'the cell raised nothing, but its tag "raises-exception" says that it does';
    expect(run.cells[0]!.error).toEqual({ name: "NothingRaised", message });
    expect(errorsOf(outputs[0]!)).toEqual([["NothingRaised", message]]);
  });

  test("skip-execution: the cell keeps what it shows", async () => {
    const notebook = notebookOf(["throw new Error('never')", "skip-execution"], "2");
    const kept = [{ output_type: "stream" as const, name: "stdout" as const, text: "as it was" }];
    Object.assign(notebook.cells[0] as CodeCell, { outputs: kept, execution_count: 7 });
    const { result: run, statuses, outputs } = await execute(notebook);
    expect(run.status).toBe("passed");
    expect(statuses).toEqual(["skipped", "passed"]);
    expect(outputs[0]).toEqual(kept);
    expect((notebook.cells[0] as CodeCell).execution_count).toBe(7);
  });
});

describe("parameters", () => {
  test("compile where they come after the cell that declares them, and count", async () => {
    const notebook = notebookOf(
      ['const steps: number = 100\nlet names: string[] = []\nconst profile: "quick" | "full" = "full"', "parameters"],
      "[steps + 1, names.length, profile]",
    );
    const { result: run, outputs } = await execute(notebook, { parameters: { steps: 3, names: ["a", "b"], profile: "quick" } });
    expect(run).toMatchObject({ status: "passed" });
    expect(outputs[2]).toEqual([result("[ 4, 2, 'quick' ]", 3)]);
    expect(notebook.cells[1]!.metadata.tags).toEqual(["injected-parameters"]);
  });

  test("a value of the wrong type fails in its own cell", async () => {
    const { result: run, statuses } = await execute(notebookOf(["const steps: number = 100", "parameters"], "steps"), {
      parameters: { steps: "many" },
    });
    expect(statuses).toEqual(["passed", "failed", "skipped"]);
    expect(run.cells[1]!.error).toEqual({
      name: "TypeScriptError",
      message: "TS2322: Type 'string' is not assignable to type 'number'.",
      line: 2,
    });
  });

  test("an unknown one runs nothing", async () => {
    const { result: run, statuses } = await execute(notebookOf(["const steps = 100", "parameters"]), { parameters: { step: 1 } });
    expect(run).toMatchObject({
      status: "failed",
      error: { name: "InputError", message: "the notebook has no parameter step (it has steps)" },
    });
    expect(statuses).toEqual(["skipped"]);
  });
});

describe("output", () => {
  test("displays are updated by later cells", async () => {
    const { outputs } = await execute(
      notebookOf("import { newDisplay } from 'tslab'\nconst shown = newDisplay()\nshown.html('<b>1</b>')", "shown.html('<b>2</b>')"),
    );
    expect(outputs).toEqual([[{ output_type: "display_data", data: { "text/html": "<b>2</b>" }, metadata: {} }], []]);
  });

  test("late output goes to its own cell", async () => {
    const { outputs } = await execute(
      notebookOf(
        "setTimeout(() => console.log('late'), 50); 0",
        "await new Promise((resolve) => setTimeout(resolve, 200)); console.log('second')",
      ),
    );
    expect(outputs.map((cell) => textOf(cell))).toEqual(["late\n", "second\n"]);
  });

  test("20,000 lines of one cell all arrive, a bar that redraws itself is one line", async () => {
    const { outputs } = await execute(
      notebookOf(
        "for (let i = 0; i < 20000; i++) console.log(i)",
        "for (let i = 0; i <= 100; i++) process.stdout.write(`\\r${i}%`)\nconsole.log()",
      ),
    );
    expect(outputs[0]).toEqual([
      { output_type: "stream", name: "stdout", text: Array.from({ length: 20000 }, (_, line) => `${line}\n`).join("") },
    ]);
    expect(outputs[1]).toEqual([{ output_type: "stream", name: "stdout", text: "100%\n" }]);
  });

  test("what a long cell shows is in the notebook before it ends", async () => {
    const notebook = notebookOf(
      "for (let i = 0; i < 3; i++) {\n  console.log(i)\n  await new Promise((resolve) => setTimeout(resolve, 1500))\n}",
    );
    const seen: string[] = [];
    await execute(notebook, { onOutput: () => seen.push(textOf((notebook.cells[0] as CodeCell).outputs)) });
    expect(seen.length).toBeGreaterThan(0);
    expect(["0\n", "0\n1\n"]).toContain(seen[0]);
    expect(textOf((notebook.cells[0] as CodeCell).outputs)).toBe("0\n1\n2\n");
  });
});

test("notebooks run side by side: two that wait for each other", async () => {
  const folder = temporaryFolder();
  const half = (own: string, other: string): ReturnType<typeof notebookOf> =>
    notebookOf(
      "import { existsSync, writeFileSync } from 'fs'",
      `writeFileSync(${JSON.stringify(join(folder, own))}, '')\nwhile (!existsSync(${JSON.stringify(join(folder, other))})) await new Promise((resolve) => setTimeout(resolve, 10))\n${JSON.stringify(own)}`,
    );
  const kernels = new KernelPool({ spec: builtInKernelspec(), jobs: 2 });
  const runs = await Promise.all(
    [half("a", "b"), half("b", "a")].map((notebook) => execute(notebook, { kernels, cwd: folder, timeoutSeconds: 60 })),
  );
  await kernels.close();
  expect(runs.map(({ result: run }) => run.status)).toEqual(["passed", "passed"]);
  expect(runs.map(({ outputs }) => outputs[1])).toEqual([[result("'a'", 2)], [result("'b'", 2)]]);
  expect(kernelProcesses()).toEqual([]);
});

describe("limits", () => {
  test("the time of the whole notebook", async () => {
    const pool = new KernelPool({ spec: builtInKernelspec(), jobs: 1 });
    const kernel = await pool.acquire(process.cwd());
    await kernel.connection.requestExecute({ code: "0" }).done; // its start and its compiler's shall not count here
    const notebook = notebookOf("console.log('first')", "console.log('begun'); await new Promise(() => setInterval(() => 0, 1000))", "3");
    const kernels: KernelSource = { acquire: () => Promise.resolve(kernel), prepare: () => undefined, close: () => pool.close() };
    const { result: run, statuses, outputs } = await execute(notebook, { kernels, timeoutSeconds: 4 });
    expect(kernelProcesses()).toEqual([]);
    const message = "the notebook ran longer than 4 s";
    expect(run).toMatchObject({ status: "timeout", error: { name: "NotebookTimeout", message } });
    expect(statuses).toEqual(["passed", "timeout", "skipped"]);
    expect(textOf(outputs[1]!)).toBe("begun\n");
    expect(errorsOf(outputs[1]!)).toEqual([["NotebookTimeout", message]]);
  });

  test("the notebook's own limit comes before the caller's", async () => {
    const notebook = notebookOf("await new Promise(() => setInterval(() => 0, 1000))");
    notebook.metadata["execution"] = { timeout: 1 };
    const { result: run } = await execute(notebook, { cellTimeoutSeconds: 100 });
    expect(run.cells[0]).toMatchObject({ status: "timeout", error: { name: "CellTimeout", message: "the cell ran longer than 1 s" } });
  });

  test("after a cell whose time was up the next ones run if errors are allowed; the notebook has not passed", async () => {
    const { result: run, statuses } = await execute(notebookOf("while (true) {}", "2"), { cellTimeoutSeconds: 1, allowErrors: true });
    expect(statuses).toEqual(["timeout", "passed"]);
    expect(run.status).toBe("timeout");
  });
});

describe("no kernel", () => {
  test("a folder that does not exist", async () => {
    const { result: run, statuses, events } = await execute(notebookOf("1"), { cwd: "/no/such/folder" });
    expect(run).toMatchObject({
      status: "failed",
      error: { name: "KernelStartError", message: "the kernel's folder /no/such/folder does not exist" },
    });
    expect(statuses).toEqual(["skipped"]);
    expect(events.map(({ type }) => type)).toEqual(["notebook-start", "cell-end", "notebook-end"]);
  });

  test("a Jupyter Server that is not there", async () => {
    const { result: run } = await execute(notebookOf("1"), { kernels: new ServerKernels({ url: "http://127.0.0.1:9/" }) });
    expect(run.error!.message).toBe("cannot reach the Jupyter Server at http://127.0.0.1:9/\n  hint: is it running? jupyter server list");
  });
});
