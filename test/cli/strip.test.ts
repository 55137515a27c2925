/** `cairn strip`: in place, and as a filter of git. */
import { execFileSync, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { strip } from "../../src/cli/strip.ts";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, program } from "./cairn.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
const executed = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 4,
  metadata: { widgets: {}, title: "kept", x: 1.5 },
  cells: [
    { cell_type: "markdown", metadata: {}, source: ["# T"] },
    {
      cell_type: "code",
      metadata: { tags: ["a"], execution: { "iopub.status.busy": "2020" } },
      source: ["1"],
      execution_count: 3,
      outputs: [{ output_type: "stream", name: "stdout", text: ["1\n"] }],
    },
    { cell_type: "code", metadata: { tags: ["skip-execution"] }, source: ["2"], execution_count: 4, outputs: [] },
  ],
});

beforeAll(() => {
  folder = makeFolder();
  put(folder, { "in/executed.ipynb": executed, "in/clean.ipynb": notebookText(["1"]), "bad.ipynb": "{" });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("what a run has left goes, the rest stays; a notebook without it keeps its bytes", () => {
  const { cells, ...rest } = JSON.parse(strip(executed, "a.ipynb")) as { cells: object[] };
  expect(rest).toEqual({ nbformat: 4, nbformat_minor: 4, metadata: { title: "kept", x: 1.5 } });
  expect(cells).toEqual([
    { cell_type: "markdown", metadata: {}, source: ["# T"] },
    { cell_type: "code", metadata: { tags: ["a"] }, source: ["1"], execution_count: null, outputs: [] },
    { cell_type: "code", metadata: { tags: ["skip-execution"] }, source: ["2"], execution_count: 4, outputs: [] },
  ]);
  const odd = '{"cells": [],\n\n"metadata":{}, "nbformat_minor":4,"nbformat":4}';
  expect(strip(odd, "a.ipynb")).toBe(odd);
  expect(strip(strip(executed, "a.ipynb"), "a.ipynb")).toBe(strip(executed, "a.ipynb"));
});

test("--check names what would be changed and ends with 1; without it that is written in place", async () => {
  const checked = await cairn(folder, ["strip", "in", "--check"]);
  expect([checked.code, checked.stdout]).toEqual([1, "would be changed: in/executed.ipynb\n1 of 2 notebooks would be changed\n"]);
  expect(readFileSync(at("in/executed.ipynb"), "utf8")).toBe(executed);
  expect((await cairn(folder, ["strip", "in"])).stdout).toBe("stripped: in/executed.ipynb\n1 of 2 notebooks changed\n");
  expect(readFileSync(at("in/executed.ipynb"), "utf8")).toBe(strip(executed, "a.ipynb"));
  expect((await cairn(folder, ["strip", "in", "--check"])).code).toBe(0);
  expect((await cairn(folder, ["strip", "bad.ipynb"])).stderr).toMatch(/^cairn strip: bad\.ipynb is not JSON/);
});

test("what is not UTF-8 is refused, and a mark of byte order stays", () => {
  const filter = (input: string | Uint8Array): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [program, "strip"], { input, encoding: "utf8" });
  const clean = `\ufeff${notebookText(["1"])}`;
  expect(filter(clean).stdout).toBe(clean);
  expect(filter(Uint8Array.of(0x7b, 0xff))).toMatchObject({
    status: 2,
    stdout: "",
    stderr: "cairn strip: the standard input is not UTF-8 text\n",
  });
});

test("as a filter of git it keeps outputs in the file and out of the commit", () => {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: folder, encoding: "utf8" });
  git("init", "-q");
  git("config", "filter.cairn-strip.clean", `"${process.execPath}" "${program}" strip`);
  writeFileSync(at(".gitattributes"), "*.ipynb filter=cairn-strip\n");
  writeFileSync(at("committed.ipynb"), executed);
  git("add", "committed.ipynb", ".gitattributes");
  git("commit", "-q", "-m", "x");
  expect(git("show", "HEAD:committed.ipynb")).toBe(strip(executed, "a.ipynb"));
  expect(readFileSync(at("committed.ipynb"), "utf8")).toBe(executed);
  expect(git("status", "--porcelain", "committed.ipynb")).toBe("");
});
