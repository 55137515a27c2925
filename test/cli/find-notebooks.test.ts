/** Paths of the command line → notebooks and the places of their copies. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { findNotebooks } from "../../src/cli/find-notebooks.ts";
import { makeFolder, put } from "../course/folder.ts";

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  const files = [
    "b.ipynb",
    "a.ipynb",
    "sub/c.ipynb",
    "other/a.ipynb",
    "out/old.ipynb",
    ".ipynb_checkpoints/a.ipynb",
    "node_modules/p/n.ipynb",
    "text.md",
  ];
  put(folder, Object.fromEntries(files.map((file) => [file, ""])));
  put(folder, { "empty/readme.md": "" });
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (...path: string[]): string => join(folder, ...path);
const find = async (paths: string[], out = at("out"), ending?: ".html"): Promise<[string, string][]> =>
  (await findNotebooks(paths, out, ending)).map(({ path, output }) => [path.slice(folder.length + 1), output.slice(folder.length + 1)]);

test("a folder's notebooks by name, those beneath in their places; not what a run wrote, hidden folders, packages", async () => {
  expect(await find([folder])).toEqual([
    ["a.ipynb", "out/a.ipynb"],
    ["b.ipynb", "out/b.ipynb"],
    ["other/a.ipynb", "out/other/a.ipynb"],
    ["sub/c.ipynb", "out/sub/c.ipynb"],
  ]);
});

test("files by their names, in the order given, each once", async () => {
  expect(await find([at("b.ipynb"), at("sub/c.ipynb"), at("sub/../b.ipynb")])).toEqual([
    ["b.ipynb", "out/b.ipynb"],
    ["sub/c.ipynb", "out/c.ipynb"],
  ]);
});

test("pages may lie beside their notebooks", async () => {
  expect(await find([at("other"), at("sub")], at("other"), ".html")).toEqual([
    ["other/a.ipynb", "other/a.html"],
    ["sub/c.ipynb", "other/c.html"],
  ]);
  expect(await find([folder], folder, ".html")).toContainEqual(["sub/c.ipynb", "sub/c.html"]);
});

test.each([
  [["missing.ipynb"], "out", "FOLDER/missing.ipynb does not exist\n  hint: give notebooks (.ipynb) or folders that hold some"],
  [["text.md"], "out", "FOLDER/text.md is not a notebook\n  hint: notebooks are files that end in .ipynb"],
  [["empty"], "out", "there is no notebook in FOLDER/empty\n  hint: notebooks are files that end in .ipynb"],
  [["a.ipynb"], ".", "FOLDER/a.ipynb would be replaced by its executed copy\n  hint: give another folder with --out"],
  [
    ["a.ipynb", "other/a.ipynb"],
    "other",
    "FOLDER/other/a.ipynb would be replaced by its executed copy\n  hint: give another folder with --out",
  ],
  [
    ["a.ipynb", "other/a.ipynb"],
    "out",
    "FOLDER/a.ipynb and FOLDER/other/a.ipynb would both be written to FOLDER/out/a.ipynb\n  hint: give the folder that holds both, or use a different --out for each",
  ],
])("%j to %s is wrong input", async (paths, out, message) => {
  const error: unknown = await find(
    paths.map((path) => at(path)),
    at(out),
  ).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toBe(message.replaceAll("FOLDER", folder));
});

test("a copy never takes the place of another source", async () => {
  put(folder, { "place/x.ipynb": "", "from/x.ipynb": "" });
  await expect(find([at("from"), at("place/x.ipynb")], at("place"))).rejects.toThrow("would be replaced by its executed copy");
});
