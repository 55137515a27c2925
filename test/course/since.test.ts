/** Which notebooks a change in git touches. */
import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { touchedSince } from "../../src/course/since.ts";
import { makeFolder, notebookText, put } from "./folder.ts";

let root: string;
const git = (...words: string[]): string =>
  execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
const commit = (): void => {
  git("add", "-A");
  git("commit", "--quiet", "--allow-empty", "-m", "more");
};

beforeEach(() => {
  root = makeFolder();
  put(root, {
    ".gitignore": "dist/\nnode_modules/\nout/\n",
    "package-lock.json": "{}",
    "nb/local.ipynb": notebookText([{ markdown: "# One" }, "import { local } from './local'"]),
    "nb/data.ipynb": notebookText(["import fs from 'fs'\nfs.readFileSync('../data/rows.csv')", "fs.readdirSync('table')"]),
    "nb/library.ipynb": notebookText(["import { x } from 'library'"]),
    "nb/declared.ipynb": notebookText(["1"], { cairn: { reads: ["../more"] } }),
    "nb/local.ts": "import { deep } from './deep'",
    "nb/deep.ts": "export const deep = 1",
    "nb/table/a.csv": "1",
    "data/rows.csv": "1,2",
    "more/one.txt": "1",
    "library/package.json": '{ "name": "library" }',
    "library/dist/index.js": "exports.x = 1",
    "library/source.ts": "export const x = 1",
    "library/README.md": "",
    "node_modules/.keep": "",
  });
  symlinkSync(join(root, "library"), join(root, "node_modules/library"));
  git("init", "--quiet", "--initial-branch=main");
  commit();
});
afterEach(() => rmSync(root, { recursive: true }));

const names = ["data", "declared", "library", "local"];
/** Those that are touched, with what has changed of them. */
async function touched(ref = "HEAD"): Promise<Record<string, string[]>> {
  const found = await touchedSince(
    names.map((name) => join(root, "nb", `${name}.ipynb`)),
    ref,
  );
  return Object.fromEntries([...found.values()].flatMap((changed, index) => (changed.length > 0 ? [[names[index], changed]] : [])));
}

describe("what has changed since a revision touches", () => {
  test.each<[string, Record<string, string>, Record<string, string[]>]>([
    ["nothing where nothing has changed", {}, {}],
    ["a notebook whose code has changed", { "nb/local.ipynb": notebookText(["2"]) }, { local: ["code cells"] }],
    ["none of which only text has", { "nb/local.ipynb": notebookText([{ markdown: "# Two" }, "import { local } from './local'"]) }, {}],
    ["who imports a file, also by way of another", { "nb/deep.ts": "export const deep = 2" }, { local: ["deep.ts"] }],
    ["who reads a file, or a folder's new file", { "data/rows.csv": "3", "nb/table/b.csv": "2" }, { data: ["../data/rows.csv", "table"] }],
    ["who uses a package of the workspace, by its source", { "library/source.ts": "" }, { library: ["../library"] }],
    ["none by a package's text", { "library/README.md": "more" }, {}],
    ["none by what git ignores", { "library/dist/index.js": "", "out/x.txt": "" }, {}],
    ["who says what is read", { "more/two.txt": "" }, { declared: ["../more"] }],
    ["all by the lockfile", { "package-lock.json": "{ }" }, Object.fromEntries(names.map((name) => [name, ["../package-lock.json"]]))],
    ["a notebook that is none any more", { "nb/local.ipynb": "{" }, { local: ["the file"] }],
  ])("%s", async (_, files, expected) => {
    put(root, files);
    expect(await touched()).toEqual(expected);
  });

  test("who reads a file that has been deleted, and a notebook that is new", async () => {
    rmSync(join(root, "data/rows.csv"));
    rmSync(join(root, "nb/deep.ts"));
    expect(await touched()).toEqual({ data: ["../data/rows.csv"], local: ["deep.ts"] });
    commit();
    git("rm", "--cached", "--quiet", "nb/declared.ipynb");
    git("commit", "--quiet", "-m", "forgotten");
    expect(await touched()).toEqual({ declared: ["code cells"] });
  });

  test("only since the branches parted", async () => {
    git("checkout", "--quiet", "-b", "topic");
    put(root, { "nb/table/a.csv": "2" });
    commit();
    git("checkout", "--quiet", "main");
    put(root, { "nb/deep.ts": "export const deep = 3" });
    commit();
    git("checkout", "--quiet", "topic");
    expect(await touched("main")).toEqual({ data: ["table"] });
    expect(await touched("main~1")).toEqual({ data: ["table"] });
  });
});

test("an unknown revision, or a folder outside of a repository, is named", async () => {
  await expect(touched("no-such-branch")).rejects.toThrow(/^git knows no revision "no-such-branch" here\n {2}hint: give a branch/);
  await expect(touched("--output=/tmp/x")).rejects.toThrow(/^git knows no revision "--output=\/tmp\/x" here/);
  rmSync(join(root, ".git"), { recursive: true });
  await expect(touched("HEAD")).rejects.toThrow(/nb is not in a repository of git\n {2}hint: --since compares/);
});
