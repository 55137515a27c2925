/** The same on stock tslab, which reports nothing in protocol terms and refuses cells for a moment after a failure. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { CodeCell } from "../../src/dist/nbformat/index.js";
import { errorsOf, execute, type Executed, notebookOf, stockSpec, textOf } from "./execute-helpers.ts";
import { png } from "../render/sample.ts";

const run = (notebook: ReturnType<typeof notebookOf>, options = {}): Promise<Executed> =>
  execute(notebook, { spec: stockSpec(), ...options });

test("a failure is an error with name, message and line, in place of the text on stderr; all later cells really run", async () => {
  const { result, statuses, outputs, notebook } = await run(
    notebookOf(
      "console.error('mine')\nconst a = 1\nthrow new RangeError('boom')",
      "console.log('second')",
      "const n: number = 'x'\nfoo()",
      "console.log('fourth')",
      "throw 'text'",
    ),
    { allowErrors: true },
  );
  expect(result.status).toBe("passed");
  expect(statuses).toEqual(["failed", "passed", "failed", "passed", "failed"]);
  expect(result.cells.map(({ error }) => error)).toEqual([
    { name: "RangeError", message: "boom", line: 3 },
    undefined,
    { name: "TypeScriptError", message: "Type 'string' is not assignable to type 'number'.", line: 1 },
    undefined,
    { name: "Thrown", message: "text" },
  ]);
  expect(outputs.map((cell) => textOf(cell, "stderr"))).toEqual(["mine\n", "", "", "", ""]);
  expect(outputs.map((cell) => textOf(cell))).toEqual(["", "second\n", "", "fourth\n", ""]);
  expect(outputs[2]).toHaveLength(1);
  expect(notebook.cells.map((cell) => (cell as CodeCell).execution_count)).toEqual([1, 2, 3, 4, 5]);
});

test("the cells after one that must raise run", async () => {
  const { result, statuses, outputs } = await run(
    notebookOf(["throw new Error('on purpose')", "raises-exception"], "console.log('after')", "console.log('and after')"),
  );
  expect(result.status).toBe("passed");
  expect(statuses).toEqual(["passed", "passed", "passed"]);
  expect(outputs.slice(1).map((cell) => textOf(cell))).toEqual(["after\n", "and after\n"]);
});

test("a rejection that nobody handles, which it only prints, fails the notebook", async () => {
  const { result, outputs } = await run(notebookOf("console.log('before')", "void Promise.reject(new TypeError('floating'))"));
  expect(result.status).toBe("failed");
  expect(result.cells[1]!.error).toMatchObject({ name: "TypeError", message: "floating" });
  expect(errorsOf(outputs[1]!)).toEqual([["TypeError", "floating"]]);
  expect(textOf(outputs[1]!, "stderr")).toBe("");
});

test("output that it loses is not passed over in silence", async () => {
  const { result, outputs } = await run(notebookOf("for (let i = 0; i < 600; i++) console.log(i)", "console.log('next')"));
  expect(result.status).toBe("passed");
  expect(textOf(outputs[0]!, "stderr")).toBe("[the kernel did not say that the cell was over: some of its output may be missing]\n");
  expect(textOf(outputs[1]!)).toBe("next\n");
});

test.each(["while (true) {}", "await new Promise(() => setInterval(() => 0, 1000))"])("%s, with a limit of 1 s", async (endless) => {
  const { result, statuses, outputs } = await run(notebookOf(`console.log("begun")\n${endless}`, "1"), { cellTimeoutSeconds: 1 });
  expect(result.status).toBe("timeout");
  expect(statuses).toEqual(["timeout", "skipped"]);
  expect(textOf(outputs[0]!)).toBe("begun\n");
  expect(textOf(outputs[0]!, "stderr")).toBe("");
  expect(errorsOf(outputs[0]!)).toEqual([["CellTimeout", "the cell ran longer than 1 s"]]);
});

test("process.exit", async () => {
  const { result } = await run(notebookOf("process.exit(3)"));
  expect(result.cells[0]).toMatchObject({ status: "died", error: { name: "KernelDied", message: "the kernel ended with exit code 3" } });
});

test("a figure is its picture, and html, md, svg, image and json come as the type that every program shows", async () => {
  const { result, outputs } = await run(
    notebookOf(
      "import { bar, html, image, json, md, show, svg } from 'kernel-helpers/plots'\nconst word: string = '<i>'",
      "show(bar({ a: 1 }))",
      "show(html`<b>${word}</b>`)",
      "show(md`*x*`)",
      "show(svg`<svg/>`)",
      `show(image(Buffer.from('${png}', 'base64')))`,
      "show(json([1]))",
      "md`*the last value is its text*`",
    ),
    { cwd: resolve("notebooks") },
  );
  expect(result.status).toBe("passed");
  const shown = outputs.slice(1, 7).map(([output]) => (output?.output_type === "display_data" ? output.data : {}));
  expect(shown.map((data) => Object.keys(data))).toEqual([
    ["image/svg+xml"],
    ["text/html"],
    ["text/markdown"],
    ["image/svg+xml"],
    ["image/png"],
    ["text/plain"],
  ]);
  expect(shown[1]).toEqual({ "text/html": "<b>&lt;i&gt;</b>" });
  expect(shown[4]).toEqual({ "image/png": png });
  expect(textOf(outputs[7]!)).toBe("*the last value is its text*\n");
});
