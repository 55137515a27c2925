/** What the compiler keeps from one cell to the next, and what it looks at again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CellCompiler, type Compilation } from "../../src/tslab-kernel/compiler/compiler.ts";
import type { TypeScript } from "../../src/tslab-kernel/compiler/typescript.ts";
import { unoptimised } from "../../src/tslab-kernel/compiler/unoptimised.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cairn-service-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Compiles cells as a notebook of the folder would; each compilation is one cell's. */
function useCompiler(): { compile: (code: string) => Compilation; fileOf: (name: string) => TypeScript.SourceFile | undefined } {
  const compiler = new CellCompiler({ folder, notebook: undefined, scratch: join(folder, "scratch"), plainDeclarations: true });
  let count = 0;
  return {
    compile: (code) => {
      const compilation = compiler.compile(`cell[${++count}]`, code);
      compiler.settle([]);
      return compilation;
    },
    fileOf: (name) => compiler.service.language.getProgram()?.getSourceFile(join(folder, name)),
  };
}

const complaintsOf = (compilation: Compilation): string[] =>
  "cell" in compilation ? [] : compilation.complaints.map(({ message }) => message);

describe("between cells", () => {
  test("the syntax tree of a package is kept, also while no cell imports it", () => {
    write("node_modules/pack/index.d.ts", "export declare const x: number;");
    const { compile, fileOf } = useCompiler();
    compile('import { x } from "pack"; x');
    const read = fileOf("node_modules/pack/index.d.ts");
    // The first cell is forgotten when another owns its name.
    compile("const x = 2");
    expect(fileOf("node_modules/pack/index.d.ts")).toBeUndefined();
    compile('import { x } from "pack"; x');
    expect(read).toBeDefined();
    expect(fileOf("node_modules/pack/index.d.ts")).toBe(read);
  });

  test("a source that was edited while no cell imported it is read again", () => {
    write("local.ts", "export const x: number = 1;");
    const { compile } = useCompiler();
    expect(complaintsOf(compile('import { x } from "./local"; const y: number = x'))).toEqual([]);
    compile("const x = 2");
    write("local.ts", "export const x: string = 'one';");
    expect(complaintsOf(compile('import { x } from "./local"; const z: number = x'))).toEqual([
      "Type 'string' is not assignable to type 'number'.",
    ]);
  });

  test("a package, a folder and a file that were missing are found when they are there", () => {
    const { compile } = useCompiler();
    const code = 'import { x } from "pack"; import { y } from "./tools"; import { z } from "./late";';
    expect(complaintsOf(compile(code))).toHaveLength(3);
    write("node_modules/pack/index.d.ts", "export declare const x: number;");
    write("tools/index.ts", "export const y = 1");
    write("late.ts", "export const z = 1");
    expect(complaintsOf(compile(code))).toEqual([]);
  });
});

test("V8's flags are what they were when work without the optimiser has ended, or failed", () => {
  const tag = cachedDataVersionTag();
  expect(unoptimised(cachedDataVersionTag)).not.toBe(tag);
  expect(cachedDataVersionTag()).toBe(tag);
  expect(() =>
    unoptimised(() => {
      throw new Error("no library");
    }),
  ).toThrow("no library");
  expect(cachedDataVersionTag()).toBe(tag);
});
