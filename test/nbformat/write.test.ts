import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatNotebook, writeNotebook, type Notebook } from "../../src/nbformat/index.ts";

const notebook: Notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [{ cell_type: "raw", id: "a", metadata: {}, source: "é\n" }],
};
const text = `{
 "cells": [
  {
   "cell_type": "raw",
   "id": "a",
   "metadata": {},
   "source": [
    "é\\n"
   ]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cairn-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("Jupyter's layout", () => {
  expect(formatNotebook(notebook)).toBe(text);
});

test("a new file", async () => {
  await writeNotebook(join(folder, "a.ipynb"), notebook);
  expect(await readFile(join(folder, "a.ipynb"), "utf8")).toBe(text);
  expect(await readdir(folder)).toEqual(["a.ipynb"]);
});
