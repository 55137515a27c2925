/** `cairn run --watch` and `--since`: what is run again, and what is said of it. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, processesOf, report, start, textOf, until } from "./cairn.ts";

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  put(folder, {
    ".gitignore": "out\ncache\n",
    "in/a.ipynb": notebookText([
      "import { readFileSync, writeFileSync } from 'node:fs'",
      "writeFileSync('own.txt', String(Math.random()))\nreadFileSync('data.txt', 'utf8') + readFileSync('own.txt', 'utf8').length",
    ]),
    "in/b.ipynb": notebookText(["import { value } from './local'", "value"]),
    "in/data.txt": "one",
    "in/own.txt": "",
    "in/local.ts": "export const value = 1",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("runs again what a change touches, nothing else, until Ctrl-C", async () => {
  const running = start(folder, ["run", "in", "--out", "out", "--watch", "--json", "out/run.json"]);
  const watching = (times: number): Promise<void> =>
    until(() => running.printed().split("\nWatching 2 notebooks and ").length > times || running.child.exitCode !== null, 240_000);
  await watching(1);
  const first = running.printed();
  put(folder, { "in/local.ts": "export const value = 22" });
  await watching(2);
  expect(running.printed().slice(first.length)).toMatch(/^\nin\/b\.ipynb: changed: local\.ts\n[^]*1 notebook: 1 passed/);
  expect(textOf(executed(folder, "out/b.ipynb").cells[1]!)).toBe("22");
  expect(report(folder, "out/run.json").notebooks.map(({ path }) => path)).toEqual(["in/a.ipynb", "in/b.ipynb"]);
  put(folder, { "in/c.ipynb": notebookText(["throw new Error('c')"]), "in/local.ts": "export const value = 22" });
  await until(() => running.printed().includes("Watching 3 notebooks"), 240_000);
  expect(running.printed()).toContain("\nin/c.ipynb: new\n");
  running.child.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended;
  expect([code, stderr]).toEqual([1, ""]); // c fails
  expect(stdout.match(/in\/a\.ipynb {2}starts/g)).toHaveLength(1);
  expect(processesOf(folder)).toEqual([]);
});

test("runs only what has changed since a revision, and refuses one that is not there", async () => {
  const outside = await cairn(folder, ["run", "in", "--out", "out", "--since", "HEAD"]);
  expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining("in is not in a repository of git")]);
  const git = (...words: string[]): void =>
    void execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...words]);
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "one");
  const unknown = await cairn(folder, ["run", "in", "--out", "out", "--since", "nowhere"]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('git knows no revision "nowhere" here')]);
  const none = await cairn(folder, ["run", "in", "--out", "out", "--since", "HEAD", "--json", "none.json"]);
  expect([none.code, none.stdout]).toEqual([0, "What has changed since HEAD touches 0 of 3 notebooks\n"]);
  expect(JSON.parse(readFileSync(join(folder, "none.json"), "utf8"))).toEqual({ notebooks: [] });
  put(folder, { "in/data.txt": "two" });
  const some = await cairn(folder, ["check", "in", "--since", "HEAD"]);
  expect(some.stdout).toContain("What has changed since HEAD touches 1 of 3 notebooks\n  in/a.ipynb: data.txt\n✓ in/a.ipynb");
  const run = await cairn(folder, ["run", "in", "--out", "since", "--since", "HEAD"]);
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining("1 notebook: 1 passed")]);
});

test("shows what cells show as it comes", async () => {
  const picture =
    "import { Buffer } from 'node:buffer'\n({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': Buffer.alloc(9).toString('base64') }) })";
  put(folder, {
    "live/a.ipynb": notebookText([
      "console.log('first')\nprocess.stdout.write('1 %\\r2 %\\n')\nawait new Promise((done) => setTimeout(done, 300))\nconsole.error('last')",
      picture,
      { code: "null.x", tags: ["raises-exception"] },
    ]),
  });
  const { code, stdout } = await cairn(folder, ["run", "live", "--out", "out", "--live"]);
  const lines = stdout.split("\n").filter((line) => line.startsWith("cell "));
  expect(code).toBe(0);
  expect(lines.slice(0, 3)).toEqual(["cell 1 │ first", "cell 1 │ 2 %", "cell 1 │ last"]);
  expect(lines).toContain("cell 2 │ [image/png, 9 bytes]");
  expect(lines.at(-1)).toMatch(/^cell 3 │ TypeError/);
});
