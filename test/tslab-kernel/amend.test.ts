/** Imports that are added to a cell whose reader has taken a name which completion offered. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workbench } from "./workbench.ts";

let bench: Workbench;

beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.close());

function amended(code: string): { code: string; imports: string[] } | undefined {
  const compilation = bench.compile(code, { mayAmend: true });
  return "amended" in compilation ? compilation.amended : undefined;
}

test("a name that was not offered is not imported", () => {
  expect(bench.compile("heatmap([[1]])", { mayAmend: true })).toMatchObject({ complaints: [{ code: 2304 }] });
});

test("an offered one is imported in a line above the cell, and belongs to the notebook", () => {
  bench.complete("heatm|");
  expect(amended("heatmap([[1]])")).toEqual({
    code: 'import { heatmap } from "kernel-helpers/plots";\nheatmap([[1]])',
    imports: ['import { heatmap } from "kernel-helpers/plots";'],
  });
  bench.run("heatmap([[2]])");
});

test("an import of the same module takes the name in", () => {
  bench.complete("BpeT|");
  expect(
    amended('// A title\nimport { CharacterTokenizer } from "kernel-helpers/tokenizer"\nBpeTokenizer.name + CharacterTokenizer.name')?.code,
  ).toBe(
    '// A title\nimport { CharacterTokenizer, BpeTokenizer } from "kernel-helpers/tokenizer"\nBpeTokenizer.name + CharacterTokenizer.name',
  );
});

test("several imports stand above those that are there", () => {
  bench.complete("readFileS|");
  bench.complete("extna|");
  expect(amended('// A title\nimport { join } from "node:path"\nreadFileSync(join("a", "b")); extname("a.b")')?.code).toBe(
    '// A title\nimport { readFileSync } from "node:fs";\nimport { join, extname } from "node:path"\nreadFileSync(join("a", "b")); extname("a.b")',
  );
});

test("nobody is amended who has not asked for it, and no cell that is wrong otherwise", () => {
  bench.complete("basena|");
  expect(bench.compile("basename('a')")).toMatchObject({ complaints: [{ code: 2304 }] });
  expect(bench.compile("basename(5)", { mayAmend: true })).toMatchObject({ complaints: [{ code: 2304, line: 1, column: 1 }] });
});

test("a name that the notebook has lost is not taken from elsewhere", () => {
  bench.complete("resol|");
  bench.refuse('const resolve: number = "text"');
  expect(bench.compile("resolve", { mayAmend: true })).toMatchObject({
    complaints: [{ notes: [expect.stringContaining("did not compile")] }],
  });
});

test("what a file beside the notebook lacks is not the cell's to import", () => {
  bench.write("lacking.ts", "export const size = heatmap");
  bench.complete("heatm|");
  expect(bench.compile('import { size } from "./lacking"', { mayAmend: true })).toMatchObject({
    complaints: [{ code: 2304, file: expect.stringContaining("lacking.ts") }],
  });
});
