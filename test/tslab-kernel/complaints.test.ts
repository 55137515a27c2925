/** What a reader is told when the compiler refuses a cell. */
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { moduleHints } from "../../src/tslab-kernel/compiler/language/module-hints.ts";
import { compileFailure } from "../../src/tslab-kernel/failure.ts";
import { Workbench } from "./workbench.ts";

let bench: Workbench;

beforeAll(() => {
  const unrun = { cell_type: "code", source: ["// later\n", "const later = 1 + 1\n"] };
  bench = new Workbench(
    {
      "notebook.ipynb": JSON.stringify({ cells: [{ cell_type: "markdown", source: "const inProse = 1" }, unrun] }),
      "node_modules/zod/package.json": JSON.stringify({ name: "zod", version: "4.0.0", types: "index.d.ts" }),
      "node_modules/zod/index.d.ts": "export declare const z: { string(): unknown }",
      "local.ts": "export const helper = 1",
      "data.json": "{}",
    },
    { notebook: "notebook.ipynb" },
  );
});
afterAll(() => bench.close());

/** The first complaint: what it says, and beneath it. */
function said(code: string): string {
  const [first] = bench.refuse(code);
  return first ? [first.message, ...first.notes].join("\n") : "compiled";
}

describe("what the compiler adds", () => {
  test("is shown", () => {
    bench.run("async function load() { return { rows: 1 } }");
    expect(said("load().rows")).toBe(
      `Property 'rows' does not exist on type 'Promise<{ rows: number; }>'.\nDid you forget to use 'await'?`,
    );
  });

  test("bears its place, also in another cell", () => {
    bench.run("interface Options { size: number }", "function make(options: Options): void {}");
    const cell = `cell[${bench.count - 1}]`;
    expect(said('make({ size: "1" })')).toBe(
      `Type 'string' is not assignable to type 'number'.\nThe expected type comes from property 'size' which is declared here on type 'Options' (${cell}:1:21)`,
    );
  });

  test("stands in the columns of the cell's text when a later cell has taken a name of it", () => {
    bench.run("let taken = 1, kept: { a: number } = { a: 1 }", "let taken = 2");
    const cell = `cell[${bench.count - 1}]`;
    expect(said("kept = {}")).toContain(`'a' is declared here. (${cell}:1:24)`);
  });

  test("bears the place in a package, and none of the kernel's own", () => {
    expect(said('import { z } from "zod"\nz.string(1)')).toBe("Expected 0 arguments, but got 1.");
    expect(said('import { z } from "zod"\nz.strin()')).toContain("'string' is declared here. (zod/index.d.ts:1:27)");
    expect(said("confirn()")).toMatch(/'confirm' is declared here\.$/);
  });

  test("names no file of a cell", () => {
    bench.run(
      "namespace Inner { export interface Thing { a: number } }\nconst thing: Inner.Thing = { a: 1 }",
      "interface Inner { b: string }",
    );
    for (const code of ["const s: string = thing", "const f: () => string = () => thing", "thing.b"])
      expect(said(code)).not.toMatch(/cairn|\$before|\u200C/);
  });
});

test("what a cell leaves open is a syntax error of its own text", () => {
  bench.run("const before = 1");
  for (const code of ["console.log(", "console.log(before", "const text = `a", "/* open", "before ?"]) {
    const [first] = bench.refuse(code);
    expect(first?.column, code).toBeLessThanOrEqual(code.length + 1);
    expect(first, code).toBeDefined();
  }
});

describe("a module that is not found", () => {
  test.each([
    ["import { z } from 'zodd'", 'hint: did you mean "zod"? If not, install it in the notebook\'s folder: npm install zodd'],
    ["import x from '@scope/unheard-of/part'", "hint: install it in the notebook's folder: npm install @scope/unheard-of"],
    ["import x from 'zod/minimal'", 'hint: the package zod is there, but exports no "minimal"'],
    ["import { heatmap } from 'kernel-helpers/plot'", 'hint: did you mean "kernel-helpers/plots"?'],
    [
      "import x from 'kernel-helpers/zzzzzz'",
      /^hint: kernel-helpers has these rooms: agents, aisdk, alignment, checkpoints, course, .*train$/,
    ],
    ["import { helper } from './lokal'", 'hint: did you mean "./local"?'],
    ["import { helper } from './unlike-any'", /^hint: .* has data\.json, local$/],
    ["import { helper } from './nowhere/local'", /^hint: there is no folder .*nowhere$/],
    ["import numpy from 'numpy'", 'hint: numpy is Python\'s; here it is "kernel-helpers/tensor"'],
    ["await import('unheard-of')", "hint: install it in the notebook's folder: npm install unheard-of"],
  ])("%s", (code, hint) => {
    const [complaint] = bench.refuse(code);
    expect(complaint).toMatchObject({ code: 2307, notes: [typeof hint === "string" ? hint : expect.stringMatching(hint)] });
  });

  test("the library says how to get it, and how to build it", () => {
    expect(moduleHints("kernel-helpers/plots", bench.folder, [])).toEqual([
      "hint: kernel-helpers comes with Cairn: run npm ci in its checkout, and open this notebook by npx cairn lab there",
    ]);
    expect(moduleHints("kernel-helpers/plots", bench.folder, ["kernel-helpers/plots"])).toEqual([
      "hint: kernel-helpers is there, but not built: run npm run build in its checkout",
    ]);
  });

  test("a missing export keeps the compiler's own guess", () => {
    expect(said("import { heatmp } from 'kernel-helpers/plots'")).toContain("Did you mean 'heatmap'?");
    expect(said("import { BpeTokenizer } from 'kernel-helpers/plots'")).toContain(
      'hint: it is in another module: import { BpeTokenizer } from "kernel-helpers/tokenizer";',
    );
  });

  test("without types, where the notebook asks for strictness, says where they may be", () => {
    const strict = new Workbench({
      "tsconfig.json": JSON.stringify({ compilerOptions: { strict: true } }),
      "node_modules/plain/package.json": JSON.stringify({ name: "plain", version: "1.0.0", main: "index.js" }),
      "node_modules/plain/index.js": "module.exports = {}",
    });
    expect(strict.refuse("import plain from 'plain'")[0]).toMatchObject({
      code: 7016,
      notes: ["hint: its types may be in a package of their own: npm install --save-dev @types/plain"],
    });
    strict.close();
  });
});

describe("a name that is not found", () => {
  test("of a cell that was refused", () => {
    bench.refuse("const total: string = 5");
    expect(said("total")).toContain(`hint: cell[${bench.count - 1}] declares total, but did not compile; correct and run it first`);
    bench.run("const total = 5");
    expect(said("total.length")).not.toContain("did not compile");
  });

  test("of a cell that failed before it reached it", () => {
    bench.compile("throw new Error(); const behind = 1", { unreached: ["behind"] });
    expect(said("behind")).toContain(`hint: cell[${bench.count - 1}] failed before it reached behind; correct and run it first`);
  });

  test("of a cell of the notebook that has not run", () => {
    expect(said("later")).toContain("hint: the notebook declares later in a cell that has not run: const later = 1 + 1");
    expect(bench.refuse("inProse")[0]?.notes).toEqual([]);
  });

  test.each([
    [
      "openStore",
      "Cannot find name 'openStore'.\nhint: import it at the top of the cell: import { openStore } from \"kernel-helpers/retrieval\";",
    ],
    ["document.title", "Cannot find name 'document'.\nhint: document belongs to browsers; this notebook runs in Node"],
    ["$('p')", "Cannot find name '$'.\nhint: $ belongs to browsers; this notebook runs in Node"],
    ["alert(1)", "Cannot find name 'alert'.\nhint: alert belongs to browsers; this notebook runs in Node"],
    ["print(1)", "Cannot find name 'print'.\nhint: console.log(…) prints"],
    ["const x: number = None", "Cannot find name 'None'.\nhint: nothing is called undefined, or null"],
  ])("%s", (code, text) => {
    expect(said(code)).toBe(text);
  });
});

describe("habits of IPython and the shell", () => {
  test.each([
    ["%timeit f()", "%timeit is IPython's", "console.time("],
    ["%%time\nf()", "%%time is IPython's", "performance.now()"],
    ["%%bash\nls -la", "%%bash is IPython's", 'execSync("ls -la", { encoding: "utf8" })'],
    ["!ls", "! runs a shell's command", 'execSync("ls", { encoding: "utf8" })'],
    ["const a = 1\n!ls -la", "! runs a shell's command", 'execSync("ls -la", { encoding: "utf8" })'],
    ["!pip install numpy", "packages are installed in a terminal", "npm install numpy"],
    ["pip install -q zod", "packages are installed in a terminal", "npm install zod"],
    ["npm install --save zod", "packages are installed in a terminal", "npm install zod"],
    ["mean?", "? asks IPython for help", "put the cursor on mean and press Shift-Tab"],
    ["mean?\nconst a = 1", "? asks IPython for help", "put the cursor on mean and press Shift-Tab"],
    ["?mean", "? asks IPython for help", "put the cursor on mean and press Shift-Tab"],
    ["from x import y as z", "this is how Python imports", 'import { y as z } from "x"'],
    ["import numpy as np", "this is how Python imports", 'import * as np from "numpy"'],
    ["def f(a, b):\n  return a", "this is how Python defines a function", "function f(a, b) { … }"],
    ["print 'x'", "print is Python's", "console.log('x')"],
  ])("%j is answered by one message", (code, message, instead) => {
    const found = bench.refuse(code);
    expect(found).toMatchObject([
      { code: undefined, message: expect.stringContaining(message), notes: [expect.stringContaining(instead)] },
    ]);
    const failure = compileFailure("cell[9]", code, found);
    expect(failure.ename).toBe("TypeScriptError");
    expect(failure.evalue).toBe(`${found[0]!.message}\n  ${found[0]!.notes[0]}`);
    expect(stripVTControlCharacters(failure.traceback[0]!)).toBe(`cell[9]:${found[0]!.line}:1 - error ${found[0]!.message}`);
  });

  test("are no habits where they are TypeScript", () => {
    const cells = ["const ls = false, la = 1, mean = true", "!ls", "mean ?\n 1 : 2", "const text = `\n%timeit f()\n!ls\nmean?\n`"];
    expect(cells.flatMap((code) => bench.refuse(code))).toEqual([]);
  });

  test("are not blamed for what is wrong elsewhere", () => {
    expect(bench.refuse("const text = `\n%timeit f()\n`\nconst = 1")[0]).toMatchObject({ code: 1134, line: 4 });
    expect(bench.refuse("!mean && (")[0]).toMatchObject({ code: 1109 });
    expect(bench.refuse("!ls\nunheardOf")[0]).toMatchObject({ code: 2304, line: 2 });
  });
});
