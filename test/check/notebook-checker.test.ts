/** One program for many cells says what a program for each says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckedCell } from "../../src/tslab-kernel/compiler/check/findings.ts";
import { NotebookChecker } from "../../src/tslab-kernel/compiler/check/notebook-checker.ts";
import { CellCompiler } from "../../src/tslab-kernel/compiler/compiler.ts";
import type { SharedFiles } from "../../src/tslab-kernel/compiler/shared-files.ts";
import { snippets } from "./snippets.ts";

let folder: string;
let files: SharedFiles | undefined;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "cairn-check-"))));
afterAll(() => rmSync(folder, { recursive: true }));

function compiler(): CellCompiler {
  const made = new CellCompiler({ folder, notebook: undefined, scratch: folder, ...(files ? { files } : {}) });
  files = made.files;
  return made;
}

const cellsOf = (codes: readonly string[], about: Partial<CheckedCell> = {}): CheckedCell[] =>
  codes.map((code, index) => ({ name: `cell[${index + 1}]`, code, mayFail: false, isSkipped: false, ...about }));

/** Errors of the compiler, each cell by itself; a refused one is `kept` or as if it had never been. */
function oneByOne(codes: readonly string[], isKept: boolean): string[][] {
  const own = compiler();
  return codes.map((code, index) => {
    const compilation = own.compile(`cell[${index + 1}]`, code);
    if ("cell" in compilation) {
      own.settle([]);
      return [];
    }
    if (isKept) own.documents.add(own.documents.parse(`cell[${index + 1}]`, code));
    return compilation.complaints.map(({ code: number, line, column, message }) => `${number} ${line}:${column} ${message}`);
  });
}

const together = (cells: CheckedCell[]): string[][] =>
  new NotebookChecker(compiler(), cells)
    .check()
    .map(({ findings }) =>
      findings
        .filter(({ severity, rule }) => severity === "error" && rule !== "missing-module")
        .map(({ rule, line, column, message }) => `${/\d+/.exec(rule)?.[0]} ${line}:${column} ${message}`),
    );

const readable = snippets.filter((code) => code !== "const q = {" && !code.startsWith("%"));
const sequences = (from: readonly string[]): fc.Arbitrary<string[]> => fc.shuffledSubarray([...from], { minLength: 8, maxLength: 14 });

describe("checking many cells in one program", () => {
  test("finds what compiling them one by one finds, whatever their order", () => {
    fc.assert(
      fc.property(sequences(readable), (codes) => {
        expect(together(cellsOf(codes))).toEqual(oneByOne(codes, true));
      }),
      { numRuns: 6, seed: 16 },
    );
  });

  test("goes on as the kernel does after cells that may fail", () => {
    fc.assert(
      fc.property(sequences(snippets), (codes) => {
        expect(together(cellsOf(codes, { mayFail: true }))).toEqual(oneByOne(codes, false));
      }),
      { numRuns: 4, seed: 17 },
    );
  });

  test("makes one program where no name is declared again", () => {
    const own = compiler();
    let programs = 0;
    const program = own.service.program.bind(own.service);
    own.service.program = (...roots) => (programs++, program(...roots));
    new NotebookChecker(own, cellsOf(["const a = 1", "const b = a", "const c = a + b", "c.toFixed()"])).check();
    expect(programs).toBe(1);
  });

  test("does not blame cells for what one that cannot be read declares", () => {
    expect(together(cellsOf(["const q = {", "q.a", "const r = q\nr + s"]))).toEqual([
      ["1005 1:12 '}' expected."],
      [],
      ["2304 2:5 Cannot find name 's'."],
    ]);
  });
});
