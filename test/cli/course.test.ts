/** `cairn course` on a small course: one notebook builds on another, one fails, and all have their page. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cacheFolder } from "../../src/course/index.ts";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, report, textOf, type Ran } from "./cairn.ts";

const course = `
title: Small
summary: A course for a test.
stages: [{ id: start, title: Start }]
notebooks:
  - { file: 00-first.ipynb, title: First, summary: Makes a file., stage: start, minutes: { quick: 1, full: 1 }, needs: [] }
  - { file: 01-fails.ipynb, title: Fails, summary: Throws., stage: start, minutes: { quick: 1, full: 1 }, needs: [] }
  - { file: 02-later.ipynb, title: Later, summary: Reads it., stage: start, minutes: { quick: 1, full: 1 }, needs: [00-first] }
skills: []
routes: []
`;

let folder: string;
let ran: Ran;
beforeAll(async () => {
  folder = makeFolder();
  const slow = "await new Promise((resolve) => setTimeout(resolve, 1500))";
  put(folder, {
    "notebooks/course.yaml": course,
    "notebooks/00-first.ipynb": notebookText([
      { markdown: "# First" },
      "import fs from 'fs'",
      slow,
      "fs.writeFileSync('../made.txt', 'made by the first')",
    ]),
    "notebooks/01-fails.ipynb": notebookText([{ markdown: "# Fails" }, "throw new Error('as meant')"]),
    "notebooks/02-later.ipynb": notebookText([
      `import fs from 'fs' // the cache is shared, so no earlier run may be this one: ${folder}`,
      "console.log(process.env.CAIRN_PROFILE, process.env.CAIRN_CLAIMS, fs.readFileSync('../made.txt', 'utf8'))",
    ]),
  });
  // Models and data are fetched once for all tests, not into this folder.
  const env = { CAIRN_CACHE: cacheFolder() };
  ran = await cairn(folder, ["course", "--profile", "full", "--no-cache", "--jobs", "3", "--json", "results.json"], env);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("ends with 1 and names what failed and where the pages are", () => {
  expect([ran.code, ran.stderr.replaceAll(/^.*(is there|fetching).*\n/gm, "")]).toEqual([1, ""]);
  expect(ran.stdout).toContain("Error: as meant");
  expect(ran.stdout).toContain(
    `The course: build/course/index.html\n            file://${folder}/build/course/index.html\nWith failures, see above: 01-fails.ipynb\n`,
  );
});

test("a notebook runs after those it needs, in the profile asked for, held to its claims", () => {
  expect(report(folder, "results.json").notebooks.map(({ path, status }) => [path, status])).toEqual([
    ["notebooks/00-first.ipynb", "passed"],
    ["notebooks/01-fails.ipynb", "failed"],
    ["notebooks/02-later.ipynb", "passed"],
  ]);
  expect(textOf(executed(folder, "build/course/notebooks/02-later.ipynb").cells[1]!)).toBe("full strict made by the first\n");
});

test("every notebook has its page, the failed one too, and the index leads to them", () => {
  const index = readFileSync(join(folder, "build/course/index.html"), "utf8");
  for (const name of ["00-first", "01-fails", "02-later"]) {
    expect(index).toContain(`href="${name}.html"`);
    expect(existsSync(join(folder, `build/course/${name}.html`))).toBe(true);
  }
  expect(readFileSync(join(folder, "build/course/01-fails.html"), "utf8")).toContain("as meant");
  expect(readFileSync(join(folder, "build/course/run.json"), "utf8")).toBe(readFileSync(join(folder, "results.json"), "utf8"));
});

test("--only runs what was chosen, and keeps what the others' last run gave", async () => {
  const again = await cairn(folder, ["course", "--only", "02", "--json", "second.json"], { CAIRN_CACHE: cacheFolder() });
  expect(again.code).toBe(0);
  const paths = (name: string): string[] => report(folder, name).notebooks.map(({ path, status }) => `${path} ${status}`);
  expect(paths("second.json")).toEqual(["notebooks/02-later.ipynb passed"]);
  expect(paths("build/course/run.json")).toEqual([
    "notebooks/00-first.ipynb passed",
    "notebooks/01-fails.ipynb failed",
    "notebooks/02-later.ipynb passed",
  ]);
  expect(readFileSync(join(folder, "build/course/01-fails.html"), "utf8")).toContain("as meant");
  const wrong = await cairn(folder, ["course", "--only", "later,frist"]);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    'cairn course: the course has no notebook "frist"\n  hint: did you mean "first"? It has 00-first, 01-fails, 02-later\n',
  ]);
});
