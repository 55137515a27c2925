/** docs/comparison.md: what it says of Cairn is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as check from "../../src/cli/check.ts";
import * as diff from "../../src/cli/diff.ts";
import * as exporting from "../../src/cli/export.ts";
import * as lab from "../../src/cli/lab.ts";
import * as run from "../../src/cli/run.ts";
import * as strip from "../../src/cli/strip.ts";
import * as testing from "../../src/cli/test.ts";

const text = readFileSync("docs/comparison.md", "utf8");
const rows = text
  .split("\n")
  .filter((line) => /^\| (?!---|\|)/.test(line) && !line.startsWith("| | Cairn"))
  .map((line) => line.slice(2, -2).split(" | "));
const marks = rows.map(([, ours]) => ours!);
const helps: Record<string, string> = {
  check: check.help,
  diff: diff.help,
  export: exporting.help,
  lab: lab.help,
  run: run.help,
  strip: strip.help,
  test: testing.help,
};

test("the counts are those of the rows, and every row has a cell for each column", () => {
  const having = (mark: string): number => marks.filter((ours) => ours === mark).length;
  const [yes, partly, no] = [having("✔") + marks.filter((ours) => ours.endsWith(" s")).length, having("◐"), having("✘")];
  expect(yes + partly + no).toBe(77);
  expect(text).toContain(`77 features`);
  expect(text).toContain(`Cairn has ${yes} of them, ${partly} in part, ${no} not.`);
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([13, 8, 5]));
});

test("commands and options that it names are there", () => {
  const ours = rows.map((row) => row.at(-1)!).join("\n");
  const commands = [...ours.matchAll(/`cairn (\w+)/g)].map(([, command]) => command!);
  expect(new Set(commands)).toEqual(new Set(Object.keys(helps)));
  const options = [...ours.matchAll(/--[a-z-]+/g)].map(([option]) => option);
  expect(options.length).toBeGreaterThan(10);
  expect(options.filter((option) => !Object.values(helps).some((help) => help.includes(option)))).toEqual([]);
});

test("what it links to is there", () => {
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => join("docs", target!));
  expect(links.filter((target) => !existsSync(target))).toEqual([]);
});
