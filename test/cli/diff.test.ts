/** `cairn diff`: two files, a pipe, git, and files that are not notebooks. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, program } from "./cairn.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = makeFolder();
  put(folder, {
    "a.ipynb": notebookText([{ markdown: "# A" }, "const n = 1", "n + 1"]),
    "b.ipynb": notebookText([{ markdown: "# A" }, "const n = 2", "n + 1"]),
    "broken.ipynb": '{\n"cells": [\n',
    "empty.ipynb": "",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const expected = "--- a.ipynb\n+++ b.ipynb\n\ncell 2 (code) changed\n    - const n = 1\n    + const n = 2\n";

test("says what is different, and by its exit code whether something is", async () => {
  expect(await cairn(folder, ["diff", "a.ipynb", "b.ipynb"])).toEqual({ code: 1, stdout: expected, stderr: "" });
  expect(await cairn(folder, ["diff", "a.ipynb", "a.ipynb"])).toEqual({ code: 0, stdout: "", stderr: "" });
  const coloured = await cairn(folder, ["diff", "a.ipynb", "b.ipynb"], { FORCE_COLOR: "1" });
  expect(coloured.stdout).toContain("\u001b[31m- const n = 1\u001b[0m");
});

test("--json has the lines, whole", async () => {
  const { code, stdout } = await cairn(folder, ["diff", "a.ipynb", "b.ipynb", "--json"]);
  const place = { index: 1, type: "code", id: "cell-1" };
  const source = [
    { kind: "removed", text: "const n = 1" },
    { kind: "added", text: "const n = 2" },
  ];
  expect([code, JSON.parse(stdout)]).toEqual([1, { cells: [{ kind: "changed", before: place, after: place, source }] }]);
});

test("one may come from a pipe, or be empty", () => {
  const piped = spawnSync(process.execPath, [program, "diff", "-", "b.ipynb"], {
    cwd: folder,
    input: readFileSync(at("a.ipynb")),
    encoding: "utf8",
  });
  expect(piped.stdout).toBe(expected.replace("a.ipynb", "-"));
  const added = spawnSync(process.execPath, [program, "diff", "/dev/null", "b.ipynb"], { cwd: folder, encoding: "utf8" });
  expect([added.status, added.stdout]).toEqual([1, expect.stringContaining("cell 2 (code) added\n    + const n = 2\n")]);
});

test("what is not a notebook is named, and compared as text", async () => {
  const ran = await cairn(folder, ["diff", "broken.ipynb", "a.ipynb"]);
  expect([ran.code, ran.stderr]).toEqual([
    2,
    expect.stringMatching(/^cairn diff: broken\.ipynb is not JSON: line 3, column 1: .*; compared as text\n$/),
  ]);
  expect(ran.stdout).toMatch(/^--- broken\.ipynb\n\+\+\+ a\.ipynb\n[^]*\+ {2}"cells": \[/);
  const { problems } = JSON.parse((await cairn(folder, ["diff", "broken.ipynb", "a.ipynb", "--json"])).stdout) as { problems: string[] };
  expect(problems).toEqual([expect.stringContaining("broken.ipynb is not JSON")]);
  expect((await cairn(folder, ["diff", "a.ipynb", "missing.ipynb"])).stderr).toMatch(/^cairn diff: cannot read missing\.ipynb: ENOENT/);
  expect((await cairn(folder, ["diff", "a.ipynb"])).stderr).toBe(
    "cairn diff: give two notebooks\n  hint: cairn diff before.ipynb after.ipynb\n",
  );
});

test("git shows notebooks with it: changed, added, removed, renamed and broken ones", () => {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: folder, encoding: "utf8" });
  git("init", "-q");
  git("config", "diff.cairn.command", `"${process.execPath}" "${program}" diff --git`);
  writeFileSync(at(".gitattributes"), "*.ipynb diff=cairn\n");
  put(folder, {
    "n.ipynb": readFileSync(at("a.ipynb"), "utf8"),
    "old.ipynb": notebookText(["'a long line that makes it the same file'", "1"]),
  });
  git("add", "n.ipynb", "old.ipynb", ".gitattributes");
  git("commit", "-q", "-m", "x");
  put(folder, { "n.ipynb": readFileSync(at("b.ipynb"), "utf8") });
  expect(git("diff", "--", "n.ipynb")).toBe(
    "--- a/n.ipynb\n+++ b/n.ipynb\n\ncell 2 (code) changed\n    - const n = 1\n    + const n = 2\n",
  );
  put(folder, { "n.ipynb": "{" });
  expect(git("diff", "--", "n.ipynb")).toMatch(/^--- a\/n\.ipynb\n\+\+\+ b\/n\.ipynb\n/);
  git("mv", "old.ipynb", "new.ipynb");
  put(folder, { "new.ipynb": readFileSync(at("new.ipynb"), "utf8").replace('"1"', '"2"') });
  git("add", "new.ipynb");
  expect(git("diff", "--cached", "-M")).toMatch(
    /^--- a\/old\.ipynb\n\+\+\+ b\/new\.ipynb\n\ncell 2 \(code\) changed\n {4}- 1\n {4}\+ 2\n$/,
  );
  git("rm", "-q", "--cached", "new.ipynb");
  expect(git("diff", "--cached")).toMatch(/^--- a\/old\.ipynb\n\+\+\+ \/dev\/null\n[^]*\n\ncell 1 \(code\) removed\n/);
});
