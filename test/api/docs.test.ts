/** The examples of docs/api.md: each is type-checked, run in a folder of its own, and prints what stands behind its lines. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, put } from "../course/folder.ts";

const text = readFileSync("docs/api.md", "utf8");
const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
const isTest = (code: string): boolean => code.includes('from "vitest"');
const programs = examples.filter((code) => !isTest(code)).map((code, index): [string, string] => [`example-${index + 1}.ts`, code]);

const course = `title: A course
summary: One notebook.
stages: [{ id: one, title: One }]
notebooks:
  - { file: report.ipynb, title: Report, summary: Sales., stage: one, minutes: { quick: 1, full: 1 }, needs: [] }
skills: []
routes: []
`;

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  put(folder, { "package.json": '{ "type": "module" }', "notebooks/course.yaml": course, ...Object.fromEntries(programs) });
  const compilerOptions = { strict: true, module: "nodenext", target: "es2022", types: ["node"], noEmit: true, skipLibCheck: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  copyFileSync("test/api/notebooks/report.ipynb", join(folder, "notebooks/report.ipynb"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve("src"), join(folder, "node_modules/cairn"));
  symlinkSync(resolve("node_modules/@types"), join(folder, "node_modules/@types"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("all of them have the types that they need", () => {
  expect(programs.length).toBeGreaterThan(3);
  execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", "."], { cwd: folder, encoding: "utf8" });
});

test.each(programs)("%s prints what it says", (name, code) => {
  const said = [...code.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(([, line]) => line);
  const tsx = resolve("node_modules/tsx/dist/loader.mjs");
  const printed = execFileSync(process.execPath, ["--import", `file://${tsx}`, name], { cwd: folder, encoding: "utf8" });
  expect(said.length).toBeGreaterThan(0);
  expect(printed.trimEnd().split("\n")).toEqual(said);
});

test("the recipe is this repository's own test, in ten lines", () => {
  const recipe = examples.find(isTest)!;
  expect(recipe).toBe(readFileSync("test/api/notebooks.test.ts", "utf8"));
  expect(recipe.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(10);
});
