/** `cairn export`: one bad notebook does not keep the others from being written. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn } from "./cairn.ts";

let folder: string;
const long = "课".repeat(80); // 240 bytes, 246 with its ending
beforeAll(() => {
  folder = makeFolder();
  put(folder, {
    "in/a-broken.ipynb": '{"cells": [',
    "in/b-list.ipynb": "[]",
    "in/c-taken.ipynb": notebookText(["1"]),
    "in/sub/good.ipynb": notebookText([{ markdown: "# Good" }]),
    [`in/${long}.ipynb`]: notebookText([{ markdown: "# Long" }]),
  });
  mkdirSync(join(folder, "pages/c-taken.html"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("all are tried, those that fail are listed with their reasons, and the exit code is 1", async () => {
  const { code, stdout, stderr } = await cairn(folder, ["export", "in", "--out", "pages"]);
  expect(code).toBe(1);
  expect(stdout.split("\n").map((line) => line.split(" → ")[0])).toEqual(["in/sub/good.ipynb", `in/${long}.ipynb`, ""]);
  expect(stderr.split("\n")).toEqual([
    "2 of 5 notebooks written, not these:",
    "✗ in/a-broken.ipynb is not JSON: line 1, column 12: unexpected end of file",
    "✗ in/b-list.ipynb is not a notebook: it holds no JSON object",
    expect.stringMatching(/^✗ in\/c-taken\.ipynb: EISDIR: /),
    "",
  ]);
  expect(readFileSync(join(folder, `pages/${long}.html`), "utf8")).toContain("Long");
  expect(existsSync(join(folder, "pages/sub/good.html"))).toBe(true);
});

test("0 when all are written", async () => {
  const { code, stderr } = await cairn(folder, ["export", "in/sub", "--out", "pages"]);
  expect([code, stderr]).toEqual([0, ""]);
});
