/** What the words behind `cairn lab` mean. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courseFolders, findPlace, type Place } from "../../src/lab/index.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "place-"));
  for (const folder of ["notebooks", "my-notebooks", "elsewhere/05"]) mkdirSync(join(root, folder), { recursive: true });
  const files = ["notebooks/05-autograd.ipynb", "notebooks/06-transformer.ipynb", "notebooks/06-extra.ipynb", "notebooks/course.yaml"];
  for (const file of [...files, "my-notebooks/own.ipynb", "elsewhere/mine.ipynb"]) writeFileSync(join(root, file), "");
});
afterAll(() => rmSync(root, { recursive: true }));

const find = (argument: string | undefined): Promise<Place> => findPlace(argument, courseFolders(root));

test("nothing means the learner's copy, as does its folder", async () => {
  expect(await find(undefined)).toEqual({});
  expect(await find(join(root, "my-notebooks"))).toEqual({});
});

test.each(["05-autograd", "05-autograd.ipynb", "05", "5"])("%s means a notebook of the course", async (name) => {
  expect(await find(name)).toEqual({ file: "05-autograd.ipynb" });
});

test("a path of the course, or of the copy, means the copy's file", async () => {
  expect(await find(join(root, "notebooks/05-autograd.ipynb"))).toEqual({ file: "05-autograd.ipynb" });
  expect(await find(join(root, "my-notebooks/own.ipynb"))).toEqual({ file: "own.ipynb" });
});

test("other folders and files are opened where they are", async () => {
  expect(await find(join(root, "elsewhere"))).toEqual({ folder: join(root, "elsewhere") });
  expect(await find(join(root, "notebooks"))).toEqual({ folder: join(root, "notebooks") });
  expect(await find(join(root, "elsewhere/05"))).toEqual({ folder: join(root, "elsewhere/05") });
  expect(await find(join(root, "elsewhere/mine.ipynb"))).toEqual({ folder: join(root, "elsewhere"), file: "mine.ipynb" });
});

test("what is not there, or may be two things, is said with what there is", async () => {
  await expect(find("07")).rejects.toThrow(
    /^there is no folder, file or notebook "07"\n {2}hint: the course's notebooks are: 05-autograd, 06-extra, 06-transformer$/,
  );
  await expect(find("06")).rejects.toThrow(/^"06" may be one of 2 notebooks\n {2}hint: say which: 06-extra, 06-transformer$/);
});
