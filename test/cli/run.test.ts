/** `cairn run`: what it writes, prints and answers, on real kernels. */
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { help as cleanHelp } from "../../src/cli/clean.ts";
import { help as courseHelp, run as runCourse } from "../../src/cli/course.ts";
import { help as runHelp, run } from "../../src/cli/run.ts";
import { InputError } from "../../src/errors.ts";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, processesOf, report, textOf, type Ran } from "./cairn.ts";

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  put(folder, {
    "in/good.ipynb": notebookText([{ markdown: "# Good" }, "const a: number = 20", "a * 2.1"]),
    "in/sub/throws.ipynb": notebookText(["console.log('before')", "// two lines\nthrow new RangeError('boom')", "'never'"]),
    "in/broken.ipynb": '{"cells": [',
    "in/other-kernel.ipynb": notebookText(["1"], { kernelspec: { name: "no-such-kernel", display_name: "None" } }),
    "one/n.ipynb": notebookText([{ code: "let n = 1\nlet text = 'a'", tags: ["parameters"] }, "text.repeat(n)"]),
    "one/slow.ipynb": notebookText(["await new Promise((resolve) => setTimeout(resolve, 100_000))", "1"]),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a folder in which some go wrong", () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await cairn(folder, ["run", "in", "--out", "out", "--json", "reports/run.json", "--junit", "reports/junit.xml"], {
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: folder,
      GITHUB_STEP_SUMMARY: join(folder, "job.md"),
    });
  });

  test("ends with 2, because a file in it is not a notebook, and leaves no process", () => {
    expect(ran.code).toBe(2);
    expect(processesOf(folder)).toEqual([]);
  });

  test("reports each as it ended", () => {
    const statuses = report(folder, "reports/run.json").notebooks.map(({ path, status, error, cells }) => [
      path,
      status,
      error?.name,
      cells.map((cell) => cell.status),
    ]);
    expect(statuses).toEqual([
      ["in/broken.ipynb", "failed", "NotebookFormatError", []],
      ["in/good.ipynb", "passed", undefined, ["passed", "passed"]],
      ["in/other-kernel.ipynb", "failed", "InputError", []],
      ["in/sub/throws.ipynb", "failed", undefined, ["passed", "failed", "skipped"]],
    ]);
    expect(report(folder, "reports/run.json").notebooks[3]!.cells[1]!.error).toEqual({ name: "RangeError", message: "boom", line: 2 });
    expect(readFileSync(join(folder, "reports/junit.xml"), "utf8")).toContain(
      '<testsuites name="cairn" tests="7" failures="1" errors="2" skipped="1">',
    );
  });

  test("writes executed copies in their places, also of the one that failed, and touches no source", () => {
    expect(new Set(readdirSync(join(folder, "out"), { recursive: true, encoding: "utf8" }))).toEqual(
      new Set(["good.ipynb", "sub", "sub/throws.ipynb"]),
    );
    expect(textOf(executed(folder, "out/good.ipynb").cells[2]!)).toBe("42");
    const [before, failing, after] = executed(folder, "out/sub/throws.ipynb").cells;
    expect([textOf(before!), failing!.outputs!.map(({ ename }) => ename), after!.outputs]).toEqual(["before\n", ["RangeError"], []]);
    expect(executed(folder, "in/good.ipynb").cells[2]!.outputs).toEqual([]);
  });

  test("has GitHub obey its own commands only, and gives the job a table", () => {
    const [, token] = /^::stop-commands::(\S+)\n/.exec(ran.stdout)!;
    const [told, commands] = ran.stdout.split(`\n::${token}::\n`);
    expect(told).toMatch(/RangeError: boom/);
    expect(
      commands!
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(0, 8)),
    ).toEqual(["::error ", "::error ", "::error "]);
    expect(readFileSync(join(folder, "job.md"), "utf8")).toMatch(/^## 1 of 4 notebooks passed in [\d.]+ s\n/);
  });

  test("says what went wrong where, in words and as annotations", () => {
    expect(ran.stdout).toContain("    cell 2, line 2  ");
    expect(ran.stdout).toContain("      1 | // two lines\n    > 2 | throw new RangeError('boom')\n");
    expect(ran.stdout).toContain("    with its outputs so far: out/sub/throws.ipynb\n");
    expect(ran.stdout).toMatch(/4 notebooks: 1 passed, 3 failed {2}in \d+\.\d s/);
    const [, file, line] = /::error file=(in\/sub[^,]+),line=(\d+),title=cell 2 failed::RangeError: boom/.exec(ran.stdout)!;
    expect(readFileSync(join(folder, file!), "utf8").split("\n")[Number(line) - 1]).toContain("throw new RangeError");
  });
});

test("0 when all pass, 1 when one fails", async () => {
  expect((await cairn(folder, ["run", "in/good.ipynb", "--out", "a"])).code).toBe(0);
  expect((await cairn(folder, ["run", "in/good.ipynb", "in/sub/throws.ipynb", "--out", "a"])).code).toBe(1);
});

test("parameters are numbers, texts or any JSON; an unknown one is wrong usage", async () => {
  const { code } = await cairn(folder, ["run", "one/n.ipynb", "--out", "p", "--param", "n=3", "--param", "text=x=y"]);
  expect([code, textOf(executed(folder, "p/n.ipynb").cells.at(-1)!)]).toEqual([0, "'x=yx=yx=y'"]);
  const wrong = await cairn(folder, ["run", "one/n.ipynb", "--out", "p2", "--param", "m=3"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stdout).toMatch(/InputError: .*\bm\b/);
});

test("a cell that takes too long is a timeout, also of the whole notebook; --allow-errors goes on after a failure", async () => {
  const limited = await cairn(folder, ["run", "one/slow.ipynb", "--out", "t", "--cell-timeout", "1", "--json", "t.json"]);
  expect([limited.code, report(folder, "t.json").notebooks[0]!.status]).toEqual([1, "timeout"]);
  const whole = await cairn(folder, ["run", "one/slow.ipynb", "--out", "t", "--timeout", "3", "--json", "t.json"]);
  expect([whole.code, report(folder, "t.json").notebooks[0]!.status]).toEqual([1, "timeout"]);
  const allowed = await cairn(folder, ["run", "in/sub/throws.ipynb", "--out", "t", "--allow-errors"]);
  expect([allowed.code, textOf(executed(folder, "t/throws.ipynb").cells[2]!)]).toEqual([0, "'never'"]);
});

test("a notebook whose kernelspec has no name is run, on the kernel of its language or the one that is asked for", async () => {
  put(folder, {
    "one/nameless.ipynb": notebookText(["const a: number = 6\na * 7"], {
      kernelspec: { display_name: "Python 3" },
      language_info: { name: "r" },
    }),
  });
  const asked = await cairn(folder, ["run", "one/nameless.ipynb", "--out", "nameless", "--kernel", "tslab"]);
  expect([asked.code, textOf(executed(folder, "nameless/nameless.ipynb").cells[0]!)]).toEqual([0, "42"]);
  const { code, stdout } = await cairn(folder, ["run", "one/nameless.ipynb", "--out", "nameless"]);
  expect(code).toBe(2);
  expect(stdout).toContain("InputError: the notebook is in r and names no kernel (found: tslab");
});

test("wrong usage is said in two lines, without a stack, and ends with 2", async () => {
  expect(await cairn(folder, ["run", "nowhere", "--out", "x"])).toEqual({
    code: 2,
    stdout: "",
    stderr: "cairn run: nowhere does not exist\n  hint: give notebooks (.ipynb) or folders that hold some\n",
  });
  const { code, stderr } = await cairn(folder, ["run", "in", "--out", "x", "--jbos", "2"]);
  expect([code, stderr.split("\n").at(1)]).toEqual([2, "  hint: cairn run --help lists the options"]);
});

test.each([
  [[], "no notebook given\n  hint: cairn run notebooks --out out"],
  [["in"], "--out is missing\n  hint: say where the executed copies go: --out DIR"],
  [["in", "--out", "x", "--jobs", "1.5"], "--jobs must be an integer, got 1.5"],
  [["in", "--out", "x", "--timeout=-1"], "--timeout must be a number > 0, got -1"],
  [["in", "--out", "x", "--cell-timeout", "soon"], "--cell-timeout must be a number > 0, got soon"],
  [["in", "--out", "x", "--param", "n"], "--param n: not of the form NAME=VALUE\n  hint: for example: --param year=2026"],
  [["in", "--out", "x", "--token", "t"], "--token without --server\n  hint: give the server's URL with --server"],
  [["in", "--out", "x", "--server", "nonsense"], "not the URL of a Jupyter Server: nonsense\n  hint: it looks like http://localhost:8888/"],
])("cairn run %j is wrong usage", async (args, message) => {
  const error: unknown = await run(args.map((word) => (word === "in" ? join(folder, "in") : word))).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toBe(message);
});

test("a kernel or a profile that is not there is wrong usage that lists what is", async () => {
  const kernel = run([join(folder, "in"), "--out", "x", "--kernel", "no-such-kernel"]);
  await expect(kernel).rejects.toThrow(/^there is no kernel "no-such-kernel" \(found: tslab.*\)/);
  await expect(runCourse(["--profile", "huge"])).rejects.toThrow(new InputError('there is no profile "huge" (quick, full)'));
});

test.each(Object.entries({ run: runHelp, course: courseHelp, clean: cleanHelp }))(
  "cairn %s --help teaches with examples",
  (command, help) => {
    expect(help).toMatch(new RegExp(`^Usage: cairn ${command} `));
    expect(help).toMatch(new RegExp(`\nExamples:\n(  .*cairn ${command}.*\n?)+$`));
  },
);
