/** What a run's name in the cache covers: each of these changes it, or does not. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findDependencies } from "../../src/course/dependencies.ts";
import { keyOf, runInputs, type RunInput } from "../../src/course/run-key.ts";
import { parseNotebook } from "../../src/nbformat/index.ts";
import { makeFolder, notebookText, put, type CellText } from "./folder.ts";

let root: string;
beforeEach(() => {
  root = makeFolder();
  put(root, {
    "package-lock.json": "{}",
    "notebooks/local.ts": "import { deep } from './lib/deep'\nexport const local = deep",
    "notebooks/lib/deep.ts": "export const deep = 1",
    "notebooks/words.txt": "a b c",
    "notebooks/table/rows.csv": "1,2",
    "notebooks/unused.ts": "",
    "data/sets.json": "[]",
    "library/package.json": JSON.stringify({ name: "library", cairn: { reads: ["../data"] } }),
    "library/dist/index.js": "exports.x = 1",
    "library/source.ts": "export const x = 1",
    "node_modules/installed/package.json": "{}",
    "node_modules/installed/index.js": "",
  });
  symlinkSync(join(root, "library"), join(root, "node_modules/library"));
});
afterEach(() => rmSync(root, { recursive: true }));

const cells: CellText[] = [
  { markdown: "# Title" },
  "import { local } from './local'\nimport { x } from 'library/sub'\nimport y from 'installed'\nimport fs from 'fs'",
  { code: "const text = fs.readFileSync('words.txt', 'utf8')\nconst rows = fs.readdirSync(\"./table\")", tags: ["a"] },
];

function inputs(own: CellText[] = cells, metadata: Record<string, unknown> = {}, settings: object = {}): RunInput[] | undefined {
  const notebook = parseNotebook(notebookText(own, metadata), "n.ipynb");
  return runInputs(notebook, { cwd: join(root, "notebooks"), parameters: {}, allowErrors: false, env: {}, ...settings });
}

function key(...given: Parameters<typeof inputs>): string | undefined {
  const found = inputs(...given);
  return found && keyOf(found);
}

describe("the key of a run", () => {
  test("is the same for the same, also in a checkout that was moved", () => {
    const before = key();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(key()).toBe(before);
    const moved = makeFolder();
    cpSync(root, moved, { recursive: true, verbatimSymlinks: true });
    rmSync(join(moved, "node_modules/library"));
    symlinkSync(join(moved, "library"), join(moved, "node_modules/library"));
    expect(key(cells, {}, { cwd: join(moved, "notebooks") })).toBe(before);
    rmSync(moved, { recursive: true });
  });

  test.each([
    ["a local module", "notebooks/local.ts"],
    ["a module that it imports", "notebooks/lib/deep.ts"],
    ["a file that the code names", "notebooks/words.txt"],
    ["a file in a folder that the code names", "notebooks/table/rows.csv"],
    ["a new file in it", "notebooks/table/more.csv"],
    ["what a package of the workspace is built to", "library/dist/index.js"],
    ["what that package says it reads", "data/sets.json"],
    ["the lockfile", "package-lock.json"],
    ["a file that did not exist, where a module is looked for first", "notebooks/local"],
  ])("changes with %s", (_, file) => {
    const before = key();
    writeFileSync(join(root, file), "// changed");
    expect(key()).not.toBe(before);
  });

  test.each([
    ["a file that nobody names", "notebooks/unused.ts"],
    ["a package's source that is not built", "library/source.ts"],
    ["an installed package, which the lockfile stands for", "node_modules/installed/index.js"],
  ])("does not change with %s", (_, file) => {
    const before = key();
    writeFileSync(join(root, file), "// changed");
    expect(key()).toBe(before);
  });

  test("changes with code, tags, the place of a cell, parameters, environment, settings; not with text", () => {
    const [title, first, second] = cells as [CellText, string, { code: string; tags: string[] }];
    const keys = [
      key(),
      key([title, `${first} `, second]),
      key([title, first, { ...second, tags: ["raises-exception"] }]),
      key([first, title, second]),
      key([title, first, second, { markdown: "" }]),
      key(cells, { execution: { timeout: 3 } }),
      key(cells, {}, { parameters: { n: 1 } }),
      key(cells, {}, { parameters: { n: "1" } }),
      key(cells, {}, { allowErrors: true }),
      key(cells, {}, { env: { CAIRN_PROFILE: "full" } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(key([{ markdown: "# Another title" }, first, second])).toBe(keys[0]);
  });

  test("covers what the notebook declares", () => {
    const metadata = { cairn: { reads: ["../data", "../notebooks/unused.ts"] } };
    const before = key(["1"], metadata);
    writeFileSync(join(root, "data/new.json"), "1");
    const between = key(["1"], metadata);
    writeFileSync(join(root, "notebooks/unused.ts"), "2");
    expect(new Set([before, between, key(["1"], metadata)]).size).toBe(3);
  });

  test.each([
    "process.env.CAIRN_TEST_A",
    'process.env["CAIRN_TEST_A"]',
    "process.env?.CAIRN_TEST_A ?? 1",
    "const { CAIRN_TEST_A } = process.env",
    'const { PATH: path, CAIRN_TEST_A: own = "x" } = process.env',
    'import { env } from "node:process"\nenv.CAIRN_TEST_A',
    'import process from "node:process"\nprocess\n  .env\n  .CAIRN_TEST_A',
    "import { town } from './variable'\ntown",
    "import { town } from './variable.js'\ntown",
  ])("changes with a variable that the code, or a module of it, reads: %s", (code) => {
    put(root, { "notebooks/variable.ts": "export const town = process.env.CAIRN_TEST_A" });
    const keyWith = (value: string | undefined, name = "CAIRN_TEST_A"): string | undefined => {
      vi.stubEnv(name, value);
      const found = key([code]);
      vi.unstubAllEnvs();
      return found;
    };
    expect(new Set([keyWith(undefined), keyWith(""), keyWith("1"), keyWith("2")]).size).toBe(4);
    expect(keyWith("1", "CAIRN_TEST_B")).toBe(keyWith(undefined));
    expect(inputs([code])!.map(({ name }) => name)).toContain("process.env.CAIRN_TEST_A");
  });

  test("changes with data that an imported module reads, beside itself or in the working directory", () => {
    put(root, {
      "notebooks/lib/reads.ts":
        "import fs from 'fs'\nfs.readFileSync('both.txt'); fs.readFileSync(new URL('./own.csv', import.meta.url)); fs.readdirSync('sets')",
      "notebooks/lib/both.txt": "1",
      "notebooks/both.txt": "1",
      "notebooks/lib/own.csv": "1",
      "notebooks/sets/a.csv": "1",
    });
    const read = (): string | undefined => key(["import './lib/reads.js'"]);
    const keys = [read()];
    for (const file of ["lib/both.txt", "both.txt", "lib/own.csv", "sets/a.csv", "sets/b.csv"]) {
      writeFileSync(join(root, "notebooks", file), "2");
      keys.push(read());
    }
    expect(new Set(keys).size).toBe(6);
  });

  test("names what it looked at", () => {
    expect(inputs()!.map(({ name }) => name)).toEqual([
      "Node and platform",
      "code cells",
      "parameters and options",
      "../data",
      "../library/dist",
      "../library/package.json",
      "../package-lock.json",
      "lib/deep.ts",
      "local.ts",
      "table",
      "the kernel",
      "words.txt",
    ]);
  });

  test("there is none for a notebook that names more files than can be looked at", () => {
    mkdirSync(join(root, "notebooks/many"));
    for (let index = 0; index <= 5000; index++) writeFileSync(join(root, `notebooks/many/${index}`), "");
    expect(key(["'./many'"])).toBeUndefined();
  });
});

test("folders around the notebook and global ones are no data of its own", () => {
  const cwd = join(root, "notebooks");
  expect(findDependencies(["['.', '..', '../..', '/', '/tmp', './', '', '../notebooks']"], cwd)).toEqual({
    files: [],
    folders: [],
    packages: [],
    variables: [],
  });
});
