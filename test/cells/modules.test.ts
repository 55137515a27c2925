/** What cells import: packages by their maps, files beside the notebook, JSON, and modules as Node imports them. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { useCells } from "./cells.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-modules-"));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

write({
  "package.json": JSON.stringify({ name: "reader", type: "module", imports: { "#tools": "./tools/index.ts" } }),
  "local.ts": 'import { helper } from "./tools";\nimport type { Shape } from "./shape.ts";\nexport type { Shape };\nexport const shape: Shape = { sides: helper(2) };\nexport const where = import.meta.url;\nexport enum Kind { a = 1 }\n',
  "shape.ts": "export interface Shape { sides: number }\n",
  "tools/index.ts": "export function helper(x: number): number { return 2 * x }\n",
  "plain.js": "export const plain = 'js'\n",
  "late.mjs": "export const late = await Promise.resolve('awaited')\n",
  "data.json": '{ "name": "json", "list": [1, 2] }\n',
  "cycle-a.ts": 'import { b } from "./cycle-b.ts"; export const a = (): string => "a" + b(); ',
  "cycle-b.ts": 'import { a } from "./cycle-a.ts"; export const b = (): string => "b" + typeof a; ',
  "old-style.ts": "export const here = [typeof require, __dirname, __filename].join(' ')",
  "wrong.ts": "export const fine = 1\nexport const wrong: number = 'text'\n",
  "fails.ts": "interface Gone { a: 1 }\nexport function fail(): void {\n  throw new Error('inside')\n}\n",
  "names.ts": "export const pick = async (name: string): Promise<unknown> => import(name)",
  "node_modules/maps/package.json": JSON.stringify({ name: "maps", version: "1.0.0", exports: { ".": { types: "./main.d.ts", import: "./main.mjs", require: "./main.cjs" }, "./deep/*": { types: "./lib/*.d.ts", default: "./lib/*.js" } } }),
  "node_modules/maps/main.d.ts": "export declare const kind: string; export default function hello(): string;",
  "node_modules/maps/main.mjs": "export const kind = 'esm'; export default () => 'hello'",
  "node_modules/maps/main.cjs": "exports.kind = 'cjs'",
  "node_modules/maps/lib/part.d.ts": "export declare const part: number;",
  "node_modules/maps/lib/part.js": "exports.part = 4",
  "node_modules/untyped/package.json": JSON.stringify({ name: "untyped", version: "1.0.0", main: "index.js" }),
  // What Node's reading of CommonJS does not find.
  "node_modules/untyped/index.js": "const all = { hidden: 5 }; module.exports = Object.assign({}, all, { also: 6 })",
  "node_modules/transpiled/package.json": JSON.stringify({ name: "transpiled", version: "1.0.0", main: "index.js" }),
  "node_modules/transpiled/index.js": "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = () => 'the default'; exports.named = 1",
});

const { value, pass, fail } = useCells({ cwd: folder });

describe("packages", () => {
  test("are found by their exports map, as a module that is imported", async () => {
    expect(await value('import hello, { kind } from "maps"; import { part } from "maps/deep/part"; [hello(), kind, part]')).toBe("[ 'hello', 'esm', 4 ]");
  });

  test("without types give whatever they export, by name, as a whole and as the default", async () => {
    expect(await value('import { hidden } from "untyped"; import * as all from "untyped"; import untyped from "untyped"; [hidden, all.also, untyped.hidden]')).toBe("[ 5, 6, 5 ]");
  });

  test("compiled to CommonJS have the default that they were written with", async () => {
    expect(await value('import transpiled, { named } from "transpiled"; [transpiled(), named]')).toBe("[ 'the default', 1 ]");
  });

  test("of Node come by both names, and by require", async () => {
    expect(await value('import { basename } from "path"; import { join } from "node:path"; [basename("/a/b"), join("a", "b"), require("node:os").EOL]')).toBe(String.raw`[ 'b', 'a/b', '\n' ]`);
  });

  test("the library is found from a folder outside of the checkout, with its types", async () => {
    expect(await value('import { BpeTokenizer } from "kernel-helpers/tokenizer"; typeof BpeTokenizer.train')).toBe("'function'");
    expect((await fail("BpeTokenizer.train(1)")).evalue).toMatch(/^TS2554: /);
  });

  test("a package that was just installed is found", async () => {
    expect((await fail('import { fresh } from "just-installed"')).evalue).toMatch(/^TS2307: Cannot find module 'just-installed'/);
    write({
      "node_modules/just-installed/package.json": JSON.stringify({ name: "just-installed", main: "index.js", types: "index.d.ts" }),
      "node_modules/just-installed/index.d.ts": "export declare const fresh: number;",
      "node_modules/just-installed/index.js": "exports.fresh = 8",
    });
    expect(await value('import { fresh } from "just-installed"; fresh')).toBe("8");
  });

  test("an import that Node cannot load is the cell's failure", async () => {
    write({ "node_modules/broken/package.json": '{ "name": "broken", "main": "index.js", "types": "index.d.ts" }', "node_modules/broken/index.d.ts": "export declare const x: number;", "node_modules/broken/index.js": "throw new RangeError('while loading')" });
    expect(await fail('import { x } from "broken"; x')).toMatchObject({ ename: "RangeError", evalue: "while loading" });
  });
});

describe("files beside the notebook", () => {
  test.each(["./local", "./local.ts"])("%s is compiled, with what it imports", async (specifier) => {
    expect(await value(`import { shape, where, Kind, type Shape } from "${specifier}"; const s: Shape = shape; [s.sides, where.endsWith("/local.ts"), Kind.a]`)).toBe("[ 4, true, 1 ]");
  });

  test("a folder, a name of the imports map, a plain .js, CommonJS habits and cycles work", async () => {
    expect(await value('import { helper } from "./tools"; import { helper as mapped } from "#tools"; import { plain } from "./plain"; [helper(1), mapped(2), plain]')).toBe("[ 2, 4, 'js' ]");
    expect(await value('import { a } from "./cycle-a"; a()')).toBe("'abfunction'");
    expect(await value('import { here } from "./old-style"; here')).toBe(`'function ${folder} ${folder}/old-style.ts'`);
  });

  test("a module with a top-level await is imported, by declaration and by expression", async () => {
    expect(await value('import { late } from "./late.mjs"; const { late: again } = await import("./late.mjs"); late + again')).toBe("'awaitedawaited'");
    expect(await value('const name = "./local"; const { shape: dynamic } = await import(name); dynamic.sides')).toBe("4");
    expect(await value('import { pick } from "./names"; const { plain: picked } = await pick("./plain.js") as any; picked')).toBe("'js'");
  });

  test("JSON comes with and without its attribute", async () => {
    expect(await value('import data from "./data.json"; import same from "./data.json" with { type: "json" }; [data.list.length, same.name, (await import("./data.json")).default.name]')).toBe("[ 2, 'json', 'json' ]");
  });

  test("one that was edited is loaded anew", async () => {
    write({ "edited.ts": "export const edition = 1" });
    expect(await value('import { edition } from "./edited"; edition')).toBe("1");
    write({ "edited.ts": "export const edition: number = 22" });
    expect(await value('import { edition } from "./edited"; edition')).toBe("22");
  });

  test("its mistakes are shown in its own lines, whether the compiler finds them or they happen", async () => {
    expect((await fail('import { wrong } from "./wrong"; wrong')).traceback).toContain(`${folder}/wrong.ts:2:14 - error TS2322: Type 'string' is not assignable to type 'number'.`);
    expect((await fail('import { fail } from "./fails"; fail()')).traceback).toContain(`at fail (${folder}/fails.ts:3:9)`);
  });
});

test("import.meta says where the notebook is", async () => {
  await pass('const [url, dir] = [import.meta.url, import.meta.dirname]');
  expect(await value("[url, dir, __dirname]")).toBe(`[\n  'file://${folder}/notebook.ipynb',\n  '${folder}',\n  '${folder}'\n]`);
});
