/** Writing: the file is replaced as a whole, keeps its mode and its symbolic link, and nothing is left beside it. */
import { chmod, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
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

test("an existing file keeps its mode", async () => {
  const path = join(folder, "a.ipynb");
  await writeFile(path, "old");
  await chmod(path, 0o640);
  await writeNotebook(path, notebook);
  expect(await readFile(path, "utf8")).toBe(text);
  expect((await stat(path)).mode & 0o777).toBe(0o640);
});

test("a symbolic link stays one", async () => {
  await writeFile(join(folder, "real.ipynb"), "old");
  await symlink("real.ipynb", join(folder, "link.ipynb"));
  await writeNotebook(join(folder, "link.ipynb"), notebook);
  expect(await readlink(join(folder, "link.ipynb"))).toBe("real.ipynb");
  expect(await readFile(join(folder, "real.ipynb"), "utf8")).toBe(text);
});

test("a failure leaves nothing behind", async () => {
  await expect(writeNotebook(join(folder, "missing", "a.ipynb"), notebook)).rejects.toThrow("ENOENT");
  await expect(writeNotebook(folder, notebook)).rejects.toThrow("EISDIR");
  expect(await readdir(folder)).toEqual([]);
});
