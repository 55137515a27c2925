/** `cairn check`: what it says of notebooks, and what it leaves undone. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, processesOf, type Ran } from "./cairn.ts";

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  put(folder, {
    "in/good.ipynb": notebookText([
      { markdown: "# Good" },
      "import { writeFileSync } from 'node:fs'\nwriteFileSync('run.txt', '')",
      "1 + 1",
    ]),
    "in/types.ipynb": notebookText([
      { markdown: "# Types" },
      "const a: number = 1\nconst b: string = a",
      "b.length + total",
      "const total = 3",
      "import { local } from './local'\nlocal",
      "import { local as other } from './local'\nother",
    ]),
    "in/local.ts": "export const local: number = 'a'\n",
    "in/warns.ipynb": notebookText([
      "import { join } from 'node:path'",
      "const save = async () => 1\nsave()",
      "if (save()) console.log(`${save()}`)",
      "[1].forEach(async () => { await save() })",
      "save() // cairn-ignore floating-promise",
      "// cairn-ignore\nsave()",
      "void save()\nsave().catch(console.error)\nconst kept = save()",
      "save() // cairn-ignore promise-as-text",
    ]),
    "in/python.ipynb": notebookText(["print(1)"], { kernelspec: { name: "python3", display_name: "Python" } }),
    "in/broken.ipynb": '{"cells": [',
    "tags/tags.ipynb": notebookText([
      { code: "undeclared", tags: ["raises-exception"] },
      { code: "undeclared", tags: ["raises-exception:TypeScriptError"] },
      { code: "undeclared", tags: ["raises-exception:RangeError"] },
      { code: "1", tags: ["raises-exception:TypeScriptError"] },
      { code: "const skipped: number = 'a'", tags: ["skip-execution"] },
      "skipped",
      { code: "const before = 1\nthrow new Error('x')\nconst after = 2", tags: ["raises-exception"] },
      "before",
      "after",
    ]),
    "tags/lenient.ipynb": notebookText(["undeclared", "1"], { execution: { allow_errors: true } }),
    "parameters/p.ipynb": notebookText([{ code: "const year: number = 2026\nlet region = 'north'", tags: ["parameters"] }, "year + 1"]),
    "strict/strict.ipynb": notebookText(["let n: number = null"], { typescript: { strict: true } }),
    "strict/loose.ipynb": notebookText(["let n: number = null"]),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  notebooks: { path: string; status: string; cells: { index: number; status: string; findings: Finding[] }[] }[];
}
interface Finding {
  severity: string;
  rule: string;
  line: number;
  column: number;
  file?: string;
}
const reportOf = (path: string): Report => JSON.parse(readFileSync(join(folder, path), "utf8")) as Report;
/** Of one notebook: cell, from 1, with rule and place. */
const found = (report: Report, path: string): unknown[] =>
  report.notebooks
    .find((notebook) => notebook.path === path)!
    .cells.flatMap(({ index, findings }) => findings.map(({ rule, line, column }) => [index + 1, rule, line, column]));

describe("a folder in which some are wrong", () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await cairn(folder, ["check", "in", "--json", "out/check.json"], { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: folder });
  });

  test("ends with 2 for a file that is not a notebook, and runs nothing", () => {
    expect(ran.code).toBe(2);
    expect(existsSync(join(folder, "in/run.txt"))).toBe(false);
    expect(processesOf(folder)).toEqual([]);
  });

  test("finds each error in its cell, line and column", () => {
    expect(found(reportOf("out/check.json"), "in/types.ipynb")).toEqual([
      [2, "TS2322", 2, 7],
      [3, "TS2304", 1, 12],
      [5, "TS2322", 1, 14],
      [6, "TS2322", 1, 14],
    ]);
  });

  test("says where a name of a later cell is, and quotes the code", () => {
    expect(ran.stdout).toContain("cell 3, line 1, column 12  error TS2304\n    Cannot find name 'total'.");
    expect(ran.stdout).toContain("hint: cell[4] declares total, further down: cells run from top to bottom");
    expect(ran.stdout).toContain("    > 2 | const b: string = a\n        |       ^");
  });

  test("tells an error of an imported file once, in that file", () => {
    expect(ran.stdout.match(/in\/local\.ts:1:14, imported by cell 5/g)).toHaveLength(1);
    expect(ran.stdout).not.toContain("imported by cell 6");
  });

  test("warns of promises that nobody awaits and of imports that nobody uses, unless a line says that it is meant", () => {
    expect(found(reportOf("out/check.json"), "in/warns.ipynb")).toEqual([
      [1, "unused-import", 1, 1],
      [2, "floating-promise", 2, 1],
      [3, "promise-as-condition", 1, 5],
      [3, "promise-as-text", 1, 28],
      [4, "async-for-each", 1, 5],
      [8, "floating-promise", 1, 1],
    ]);
  });

  test("passes over notebooks of other kernels, and says so", () => {
    expect(ran.stdout).toContain("○ in/python.ipynb  not checked: its cells are for the kernel python3");
    expect(ran.stdout).toContain("5 notebooks: 2 passed, 2 failed, 1 not checked, 4 errors, 6 warnings");
  });

  test("annotates the line of the notebook's file", () => {
    const line =
      readFileSync(join(folder, "in/types.ipynb"), "utf8")
        .split("\n")
        .findIndex((text) => text.includes("const b: string")) + 1;
    expect(ran.stdout).toContain(
      `::error file=in/types.ipynb,line=${line},title=cell 2%2C line 2::TS2322: Type 'number' is not assignable`,
    );
    expect(ran.stdout).toContain("::error file=in/local.ts,line=1,title=cell 5::TS2322");
    expect(ran.stdout).toContain("::warning file=in/warns.ipynb");
  });
});

test("tags mean what they mean in a run", async () => {
  const ran = await cairn(folder, ["check", "tags", "--json", "out/tags.json"]);
  expect(ran.code).toBe(1);
  expect(found(reportOf("out/tags.json"), "tags/tags.ipynb")).toEqual([
    [3, "raises-exception", 1, 1],
    [4, "raises-exception", 1, 1],
    [6, "TS2304", 1, 1],
    [9, "TS2304", 1, 1],
  ]);
  expect(ran.stdout).toContain("hint: cell[5] declares skipped, but its tag skip-execution keeps it from running");
  expect(reportOf("out/tags.json").notebooks.map(({ path, status }) => [path, status])).toEqual([
    ["tags/lenient.ipynb", "passed"],
    ["tags/tags.ipynb", "failed"],
  ]);
});

test("parameters are checked in their cell, and strictness is the notebook's own", async () => {
  expect((await cairn(folder, ["check", "parameters", "--param", "year=2027"])).code).toBe(0);
  const wrong = await cairn(folder, ["check", "parameters", "--param", 'year="late"']);
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining("Type 'string' is not assignable to type 'number'.")]);
  const unknown = await cairn(folder, ["check", "parameters", "--param", "month=1"]);
  expect([unknown.code, unknown.stdout]).toEqual([2, expect.stringContaining("the notebook has no parameter month")]);
  const strict = await cairn(folder, ["check", "strict"]);
  expect(strict.stdout).toMatch(/✓ strict\/loose\.ipynb[^✗]*✗ strict\/strict\.ipynb/);
});

test("warnings fail where that is asked for; wrong usage ends with 2", async () => {
  expect((await cairn(folder, ["check", "in/warns.ipynb"])).code).toBe(0);
  expect((await cairn(folder, ["check", "in/warns.ipynb", "--deny-warnings"])).code).toBe(1);
  const ran = await cairn(folder, ["check", "in/good.ipynb", "--kernel", "deno"]);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("the compiler is the built-in kernel's")]);
  expect((await cairn(folder, ["check"])).code).toBe(2);
  const none = await cairn(folder, ["check", "in/python.ipynb"]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("none of these notebooks is for the built-in kernel")]);
});

test("every notebook of the course passes without a warning", async () => {
  const ran = await cairn(folder, ["check", resolve("notebooks"), "--deny-warnings"]);
  expect([ran.code, ran.stdout]).toEqual([0, expect.not.stringMatching(/error|warning/)]);
}, 900_000);
