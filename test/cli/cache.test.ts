/** What is run again, and what is not. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, report, textOf } from "./cairn.ts";

let folder: string;
beforeEach(() => {
  folder = makeFolder();
  put(folder, {
    "n.ipynb": notebookText([
      { markdown: "# Title" },
      { code: "let n = 1", tags: ["parameters"] },
      "import { local } from './local'",
      "console.log(process.hrtime.bigint())\nlocal + n",
    ]),
    "local.ts": "export const local = 10",
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(...more: string[]): Promise<{ status: string; text: string; file: string }> {
  await cairn(folder, ["run", "n.ipynb", "--out", "out", "--json", "out.json", ...more]);
  const text = textOf(executed(folder, "out/n.ipynb").cells.at(-1)!);
  return { status: report(folder, "out.json").notebooks[0]!.status, text, file: readFileSync(join(folder, "out/n.ipynb"), "utf8") };
}

test("a run that passed is restored byte for byte; a changed import, parameter or cell is run", async () => {
  const first = await run();
  expect(first.status).toBe("passed");
  expect(await run()).toEqual({ ...first, status: "cached" });

  const withParameter = await run("--param", "n=5");
  expect([withParameter.status, withParameter.text.split("\n").at(-1)]).toEqual(["passed", "15"]);
  expect(await run("--param", "n=5")).toEqual({ ...withParameter, status: "cached" });
  expect((await run()).status).toBe("cached");

  writeFileSync(join(folder, "local.ts"), "export const local = 20");
  const changed = await run();
  expect([changed.status, changed.text.split("\n").at(-1)]).toEqual(["passed", "21"]);
});

test("changed text keeps the outputs, and is in the copy", async () => {
  const { text } = await run();
  writeFileSync(join(folder, "n.ipynb"), readFileSync(join(folder, "n.ipynb"), "utf8").replace("# Title", "# Another"));
  const again = await run();
  expect([again.status, again.text]).toEqual(["cached", text]);
  expect(executed(folder, "out/n.ipynb").cells[0]!.source).toEqual(["# Another"]);
});

test("a failed run is run again; a broken entry is as if it were not there; --no-cache runs", async () => {
  writeFileSync(join(folder, "local.ts"), "throw new Error('not now')\nexport const local = 0");
  expect((await run()).status).toBe("failed");
  put(folder, { "local.ts": "export const local = 1" });
  expect((await run()).status).toBe("passed");
  const [entry] = readdirSync(join(folder, "cache/runs"));
  const path = join(folder, "cache/runs", entry!);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(path, bytes);
  expect((await run()).status).toBe("passed");
  expect((await run("--no-cache")).status).toBe("passed");
  expect((await run()).status).toBe("cached");
});

test("a notebook that changes a file it reads is not remembered while it does", async () => {
  put(folder, {
    "n.ipynb": notebookText(["import fs from 'fs'\nfs.appendFileSync('./log.txt', 'x')\nfs.readFileSync('./log.txt', 'utf8').length"]),
    "log.txt": "",
  });
  expect([(await run()).text, (await run()).text]).toEqual(["1", "2"]);
});

test("--explain says why, and what was looked at", async () => {
  put(folder, { "n.ipynb": notebookText(["import { local } from './local'", "local + Number(process.env.CAIRN_TEST_N ?? 0)"]) });
  const explain = async (n: string, ...more: string[]): Promise<string> => {
    const { stdout } = await cairn(folder, ["run", "n.ipynb", "--out", "out", "--explain", ...more], { CAIRN_TEST_N: n });
    return stdout.slice(stdout.indexOf("\nn.ipynb was ") + 1);
  };
  const seen =
    "  looked at:\n    Node and platform\n    code cells\n    parameters and options\n    process.env.CAIRN_TEST_N\n    local.ts\n    the kernel\n";
  expect(await explain("1")).toBe(`n.ipynb was run: it has not passed here before\n${seen}`);
  expect(await explain("1")).toBe(`n.ipynb was not run again: nothing has changed since it passed\n${seen}`);
  writeFileSync(join(folder, "local.ts"), "export const local = 20");
  expect(await explain("2")).toBe(`n.ipynb was run: changed since it last passed: process.env.CAIRN_TEST_N, local.ts\n${seen}`);
  expect(textOf(executed(folder, "out/n.ipynb").cells.at(-1)!)).toBe("22");
  expect(await explain("2", "--no-cache")).toBe("n.ipynb was run: the cache is not used\n");
});
