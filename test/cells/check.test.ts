/** `cairn check` and the kernel: each cell is refused by both, or by neither. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Checker } from "../../src/tslab-kernel/index.ts";
import { snippets } from "../check/snippets.ts";
import { KernelClient } from "../kernel/launcher-client.ts";

/** Cells that pass when they run, and cells that neither compile nor import; none needs what a refused one declares. */
const cells: readonly string[] = [
  ...snippets,
  "const settled = await Promise.all([1, 2].map(async (x) => x))",
  "for await (const one of [Promise.resolve(1)]) console.log(one)",
  "const again = 1\nconst again = 2",
  "import { local } from './local'\nlocal.toFixed()",
  "import { wrong } from './wrong'",
  "import './nothing-here'",
  "import 'no-such-package'",
  "import type { Nothing } from 'no-such-package'",
  "import { missing } from 'node:fs'",
  "import data from './data.json'\ndata.value.toFixed()",
  "data.other",
  "await import('./local')",
  "await import('no-such-package')",
  "import path = require('node:path')\npath.sep",
  "export const exported = 1",
  "exported + 1",
  "export default 5",
  "using handle = { [Symbol.dispose]() {} }",
  "function outer() { await Promise.resolve() }",
  "const fn = () => { return undeclared }",
  "// @ts-expect-error\nconst expected: number = 'a'",
  "// @ts-expect-error\nconst unexpected: number = 1",
  "// @ts-ignore\nconst ignored: number = 'a'",
  "_",
  "require('node:os').EOL",
  "__dirname.length + import.meta.url.length",
  "document.title",
  "!ls -l",
  "x?",
  "print 'hello'",
  "from numpy import array",
  "/(unclosed/",
  "const of = { a: 1, b: { c: 2 } }\nof.b.c.d",
  "return 5",
  "with (Math) { max(1, 2) }",
  "#!/usr/bin/env node\n1",
  "label: for (;;) { break label }",
  "let v: number = null",
  "abstract class Shape { abstract area(): number }\nnew Shape()",
  "({ __proto__: null, __proto__: 1 })",
  "delete rate",
  "arguments",
  "const { a, ...rest }: { a: number; b: string } = { a: 1, b: 'x' }\nrest.b",
];

/** Names of failures that come of the cell's text, and not of what it does. */
const refusals = new Set(["TypeScriptError", "SyntaxError", "ERR_MODULE_NOT_FOUND"]);

let kernel: KernelClient;
const checker = new Checker();
beforeAll(async () => {
  kernel = await KernelClient.start();
  const files = {
    "local.ts": "export const local: number = 1",
    "wrong.ts": "export const wrong: number = 'a'",
    "data.json": '{"value":1}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(kernel.cwd, name), text);
});
afterAll(async () => {
  await checker.close();
  await kernel.close();
});

test("the kernel refuses the cells that a check refuses, and runs the others", async () => {
  const checked = await checker.check({
    folder: kernel.cwd,
    isStrict: false,
    cells: cells.map((code, index) => ({ name: `cell[${index + 1}]`, code, mayFail: true, isSkipped: false })),
  });
  const byCheck = cells.map((code, index) => ({ code, isRefused: checked[index]!.isRefused }));
  const byKernel: typeof byCheck = [];
  for (const code of cells) {
    const { reply } = await kernel.execute(code, { stop_on_error: false });
    const isMissingModule = /Cannot find (module|package)/.test(String(reply.evalue));
    byKernel.push({ code, isRefused: reply.status === "error" && (refusals.has(reply.ename as string) || isMissingModule) });
  }
  expect(byCheck).toEqual(byKernel);
  expect(byKernel.filter(({ isRefused }) => isRefused).length).toBeGreaterThan(25);
  expect(byKernel.filter(({ isRefused }) => !isRefused).length).toBeGreaterThan(25);
});
