/** Many at once, over and over: each has its own state, its own outputs, and nothing is left. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, processesOf, report, textOf } from "./cairn.ts";

const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
/** CAIRN_TEST_REPEAT asks for more: a race that is lost once in fifty times needs fifty. */
const repetitions = Number(process.env.CAIRN_TEST_REPEAT ?? 2);
let folder: string;
beforeAll(() => {
  folder = makeFolder();
  const cells = (name: string): string[] => [
    `const own = "${name}"\n;(globalThis as any).count = ((globalThis as any).count ?? 0) + 1`,
    "for (let line = 0; line < 600; line++) console.log(own, line)",
    "`${own} ${(globalThis as any).count} ${process.pid}`",
  ];
  put(folder, Object.fromEntries(names.map((name) => [`in/${name}.ipynb`, notebookText(cells(name))])));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(Array.from({ length: repetitions }, (_, time) => time + 1))("8 notebooks, 4 at a time, time %i", async (time) => {
  const out = `out${time}`;
  const { code } = await cairn(folder, ["run", "in", "--out", out, "--jobs", "4", "--no-cache", "--json", `${out}.json`]);
  expect(code).toBe(0);
  expect(report(folder, `${out}.json`).notebooks.map(({ status }) => status)).toEqual(names.map(() => "passed"));
  const pids = names.map((name) => {
    const { cells } = executed(folder, `${out}/${name}.ipynb`);
    expect(textOf(cells[1]!)).toBe(Array.from({ length: 600 }, (_, line) => `${name} ${line}\n`).join(""));
    const [own, count, pid] = textOf(cells[2]!).replaceAll("'", "").split(" ");
    expect([own, count]).toEqual([name, "1"]);
    return pid;
  });
  expect(new Set(pids).size).toBe(names.length);
  expect(processesOf(folder)).toEqual([]);
});
