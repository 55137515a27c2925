/** What programs import from the package: what resolves, what rejects, and what is left. */
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  CairnError,
  exportNotebook,
  InputError,
  NotebookFormatError,
  NotebookRunError,
  readNotebook,
  runCourse,
  runNotebook,
  runNotebooks,
  type ExecutionEvent,
  type NotebookRun,
  type RunOptions,
} from "cairn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { kernelProcesses } from "../kernel/execute-helpers.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = makeFolder();
  process.env["CAIRN_CACHE"] = at("cache");
  put(folder, {
    "throws.ipynb": notebookText(["console.log('before')", { code: "// here\nthrow new RangeError('boom')", tags: ["bad"] }, "'never'"]),
    "broken.ipynb": "{",
    "other.ipynb": notebookText(["1"], { kernelspec: { name: "no-such-kernel", display_name: "None" } }),
    "one.ipynb": notebookText(["process.cwd()"]),
  });
  copyFileSync("test/api/notebooks/report.ipynb", at("report.ipynb"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a notebook that fails", () => {
  let run: NotebookRun;
  const events: ExecutionEvent[] = [];
  beforeAll(async () => {
    run = await runNotebook(at("throws.ipynb"), { onEvent: (event) => events.push(event) });
  });

  test("resolves with its outputs, and throws when it is to have passed", async () => {
    expect([run.status, run.passed, run.cells.map(({ status }) => status)]).toEqual(["failed", false, ["passed", "failed", "skipped"]]);
    expect(run.cell("bad")).toMatchObject({ index: 1, error: { name: "RangeError", message: "boom", line: 2 }, text: "" });
    expect(run.cell("cell-0").text).toBe("before\n");
    expect(() => run.assertPassed()).toThrow(NotebookRunError);
    const message = `${at("throws.ipynb")} failed in cell 2, line 2: RangeError: boom\n\n    throw new RangeError('boom')`;
    expect(() => run.assertPassed()).toThrow(message);
    await run.save(at("out/throws.ipynb"));
    const saved = await readNotebook(at("out/throws.ipynb"));
    expect(saved).toEqual(run.notebook);
    expect(JSON.parse(readFileSync(at("throws.ipynb"), "utf8"))).toMatchObject({
      cells: [{ outputs: [] }, { outputs: [] }, { outputs: [] }],
    });
  });

  test("was heard of, cell by cell, with outputs", () => {
    const heard = events.map((event) =>
      event.type === "cell-end" ? [event.cell.index, event.cell.status, event.outputs.length] : event.type,
    );
    expect(heard).toEqual([
      "notebook-start",
      "cell-start",
      "cell-output",
      [0, "passed", 1],
      "cell-start",
      "cell-output",
      [1, "failed", 1],
      [2, "skipped", 0],
      "notebook-end",
    ]);
  });

  test("names the tags that there are", () => {
    expect(() => run.cell("baad")).toThrow(/did you mean "bad"\?/);
    expect(() => run.cell("x")).toThrow(/tags of its code cells: bad$/);
  });
});

describe("what cannot be run", () => {
  test.each([
    ["no such file", "missing.ipynb", {}, InputError, /cannot read .*: there is no such file/],
    ["no notebook", "broken.ipynb", {}, NotebookFormatError, /is not JSON: line 1, column 2/],
    ["a kernel that the notebook names", "other.ipynb", {}, InputError, /no-such-kernel/],
    ["a kernel that the caller names", "one.ipynb", { kernel: "nope" }, InputError, /nope/],
    [
      "an option's name",
      "one.ipynb",
      { celTimeoutSeconds: 1 },
      InputError,
      /no option "celTimeoutSeconds"\n {2}hint: did you mean "cellTimeoutSeconds"/,
    ],
    ["an option's value", "one.ipynb", { timeoutSeconds: "5" }, InputError, /timeoutSeconds must be a number > 0, got "5"/],
    ["a signal", "one.ipynb", { signal: {} }, InputError, /signal must be an AbortSignal, got an object/],
  ])("rejects: %s", async (_, name, options, type, message) => {
    const error: unknown = await runNotebook(at(name), options as RunOptions).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect(error).toBeInstanceOf(CairnError);
    expect((error as CairnError).message).toMatch(message);
  });

  test("is one that failed among several, and the cause of its error", async () => {
    const runs = await runNotebooks([at("broken.ipynb"), at("one.ipynb")], { jobs: 1 });
    expect(runs.map(({ status, error }) => [status, error?.code])).toEqual([
      ["failed", "ERR_NOTEBOOK_FORMAT"],
      ["passed", undefined],
    ]);
    expect(runs[1]!.cells[0]!.text).toBe(`'${folder}'`);
    const thrown: unknown = (() => {
      try {
        return runs[0]!.assertPassed();
      } catch (error) {
        return error;
      }
    })();
    expect((thrown as Error).cause).toBeInstanceOf(NotebookFormatError);
    await expect(runs[0]!.save(at("x.ipynb"))).rejects.toThrow(/was not run, so there is nothing to save/);
  });

  test("an aborted signal starts nothing", async () => {
    const [run] = await runNotebooks([at("one.ipynb")], { signal: AbortSignal.abort() });
    expect([run!.status, run!.notebook, run!.cells]).toEqual(["skipped", undefined, []]);
    expect(() => run!.assertPassed()).toThrow(/skipped: NotRun/);
  });
});

test("with a cache the second run comes from the first; another parameter is another run", async () => {
  const first = await runNotebook(at("report.ipynb"), { cache: true });
  const second = await runNotebook(at("report.ipynb"), { cache: true });
  const third = await runNotebook(at("report.ipynb"), { cache: true, parameters: { year: 1999 } });
  expect([first.status, second.status, third.status]).toEqual(["passed", "cached", "passed"]);
  expect(second.cells.map(({ text }) => text)).toEqual(first.cells.map(({ text }) => text));
  expect(third.cell("figure").data("application/json")).toMatchObject({ year: 1999 });
  const html = await exportNotebook(second.notebook!, { title: "A & B" });
  expect(html).toContain("<title>A &amp; B</title>");
  expect(html).toContain("12 months of 2025");
  await expect(exportNotebook(at("missing.ipynb"))).rejects.toThrow(InputError);
});

test("a course runs to its end, whatever becomes of its notebooks, and leaves pages of what could be read", async () => {
  const entry = (name: string): string =>
    `  - { file: ${name}.ipynb, title: T, summary: S., stage: one, minutes: { quick: 1, full: 1 }, needs: [] }\n`;
  const course = `title: C\nsummary: S.\nstages: [{ id: one, title: One }]\nnotebooks:\n${entry("broken")}${entry("one")}skills: []\nroutes: []\n`;
  put(folder, {
    "course/course.yaml": course,
    "course/broken.ipynb": "{",
    "course/one.ipynb": notebookText(["process.env.CAIRN_PROFILE"]),
  });
  const run = await runCourse({ folder: at("course"), profile: "full", out: at("site"), jobs: 1 });
  expect([run.passed, run.index, run.runs.map(({ status }) => status)]).toEqual([false, at("site/index.html"), ["failed", "passed"]]);
  expect(run.runs[1]!.cells[0]!.text).toBe("'full'");
  expect(readFileSync(at("site/one.html"), "utf8")).toContain("full");
  expect(JSON.parse(readFileSync(at("site/run.json"), "utf8"))).toMatchObject({ notebooks: [{ status: "failed" }, { status: "passed" }] });
});

test("a course that is not there, and a profile that is none, are refused", async () => {
  await expect(runCourse({ folder: at("nowhere") })).rejects.toThrow(/cannot read the course/);
  await expect(runCourse({ profile: "fast" as "quick" })).rejects.toThrow('profile must be "quick" or "full", got "fast"');
});

test("no kernel is left", () => {
  expect(kernelProcesses()).toEqual([]);
});
