/**
 * What a course cell may not use, so that the course also runs on tslab as its author published it: each fails there, what is to be written instead
 * passes there, and CONTRIBUTING.md has it on its list.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute, type Executed, notebookOf, stockSpec } from "../kernel/execute-helpers.ts";

interface Rule {
  /** As the list has it. */
  listed: string;
  /** Cells of which the last one fails. */
  fails: string[];
  with: RegExp;
  /** Cells that pass. */
  instead?: string[];
}

const rules: Rule[] = [
  {
    listed: "`using`, `await using`",
    fails: ["const open = () => ({ [Symbol.dispose]() {} })", "using file = open()"],
    with: /TypeScriptError/,
    instead: ["const kept = { dispose() {} }\ntry { 1 } finally { kept.dispose() }"],
  },
  { listed: "decorators", fails: ["function mark(value: any, context: any): void {}\n@mark class Marked {}"], with: /TypeScriptError/ },
  ...["[3, 1].toSorted()", "[3, 1].findLast((x) => x > 1)", "Object.groupBy([1], () => 'a')", "Promise.withResolvers()"].map((code) => ({
    listed: `\`${/\w+(?=\()/.exec(code.replace("Object.", "").replace("Promise.", ""))![0]}\``,
    fails: [code],
    with: /TypeScriptError: Property '\w+' does not exist/,
  })),
  {
    listed: "`Float16Array`",
    fails: ["new Float16Array(1)"],
    with: /Cannot find name 'Float16Array'/,
    instead: ["[...[3, 1]].sort().at(-1)"],
  },
  {
    listed: '`with { type: "json" }`',
    fails: ['import data from "./data.json" with { type: "json" }'],
    with: /TypeScriptError/,
    instead: ['import data from "./data.json"\ndata'],
  },
  {
    listed: "`./name.ts`",
    fails: ['import { local } from "./local.ts"'],
    with: /'.ts' extension/,
    instead: ['import { local } from "./local"\nlocal'],
  },
  {
    listed: "only by an `exports` map",
    fails: ['import { mapped } from "mapped"'],
    with: /Cannot find module 'mapped'/,
    instead: ['import { plain } from "plain"\nplain'],
  },
  { listed: "top-level `await` in a module", fails: ['import { late } from "late"\nlate'], with: /ERR_REQUIRE_ASYNC_MODULE/ },
  {
    listed: "`import x = require()`",
    fails: ['import os = require("os")'],
    with: /TypeScriptError/,
    instead: ['import os from "os"\nos.EOL'],
  },
  { listed: "`export` before a declaration", fails: ["export const shared = 1"], with: /Cannot redeclare exported variable/ },
  { listed: "`declare global`", fails: ["declare global { interface Array<T> { second(): T } }"], with: /TypeScriptError/ },
  ...["import.meta.url", "__dirname", "__filename"].map((code) => ({
    listed: `\`${code.replace(".url", "")}\``,
    fails: [code],
    with: /import.meta|is not defined/,
    instead: ["process.cwd()"],
  })),
  {
    listed: "`for await` as the only await",
    fails: ["async function* three() { yield 3 }", "for await (const x of three()) console.log(x)"],
    with: /SyntaxError/,
    instead: ["await null\nfor await (const x of three()) console.log(x)"],
  },
  {
    listed: "`await (…)` as the only await",
    fails: ["await (Promise.resolve(1))"],
    with: /await is not defined/,
    instead: ["await Promise.resolve(1)"],
  },
  ...["_", "prompt('a')", "confirm('a')", "await input('a')"].map((code) => ({
    listed: `\`${code.replace("await ", "").replace(/\(.*/, "")}\``,
    fails: ["1", code],
    with: /TypeScriptError: Cannot find name/,
  })),
  {
    listed: "declares and then fails",
    fails: ["const early = 1\nthrow new Error('on purpose')", "early"],
    with: /Cannot find name 'early'/,
  },
  {
    listed: "`{ name }` with a name of an earlier cell",
    fails: ["const alpha = 1", "console.log({ alpha })"],
    with: /ReferenceError: alpha is not defined/,
    instead: ["console.log({ alpha: alpha })", "const beta = 1\nconsole.log({ beta })"],
  },
  {
    listed: "`{ key: name }`",
    fails: ["const parts = { train: 1, rest: 2 }", "const { train: first } = parts"],
    with: /SyntaxError: Identifier 'exports' has already been declared/,
    instead: ["const second = parts.train", "const { train, rest } = parts"],
  },
];

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stock-")));
  const files = {
    "data.json": "[1]",
    "local.ts": "export const local = 1",
    "node_modules/mapped/package.json": '{ "name": "mapped", "exports": { ".": { "types": "./lib/m.d.ts", "default": "./lib/m.js" } } }',
    "node_modules/mapped/lib/m.d.ts": "export declare const mapped: number",
    "node_modules/mapped/lib/m.js": "exports.mapped = 1",
    "node_modules/plain/package.json": '{ "name": "plain", "main": "index.js", "types": "index.d.ts" }',
    "node_modules/plain/index.d.ts": "export declare const plain: number",
    "node_modules/plain/index.js": "exports.plain = 1",
    "node_modules/late/package.json": '{ "name": "late", "type": "module", "main": "index.js", "types": "index.d.ts" }',
    "node_modules/late/index.d.ts": "export declare const late: number",
    "node_modules/late/index.js": "export const late = await Promise.resolve(1)",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("on stock tslab", () => {
  let executed: Executed;
  /** Position of each rule's first cell. */
  const begins = rules.map((_, at) =>
    rules.slice(0, at).reduce((count, rule) => count + rule.fails.length + (rule.instead?.length ?? 0), 0),
  );
  beforeAll(async () => {
    const cells = rules.flatMap(({ fails, instead = [] }) => [...fails, ...instead]);
    executed = await execute(notebookOf(...cells), { spec: stockSpec(), cwd: folder, allowErrors: true });
  });

  test.each(rules.map(({ listed }, at) => [listed, at] as const))("%s", (_, at) => {
    const { fails, instead = [], with: pattern } = rules[at]!;
    const errors = executed.result.cells.map(({ error }) => (error ? `${error.name}: ${error.message}` : ""));
    const last = begins[at]! + fails.length - 1;
    expect(errors[last]).toMatch(pattern);
    expect(errors.slice(last + 1, last + 1 + instead.length)).toEqual(instead.map(() => ""));
  });
});

test.each(rules.map(({ listed }) => listed))("CONTRIBUTING.md lists %s", (listed) => {
  expect(readFileSync("CONTRIBUTING.md", "utf8").replaceAll(/\s+/g, " ")).toContain(listed);
});
