/** Names of the compiler's own, made the reader's. */
import { expect, test } from "vitest";
import { Documents } from "../../src/tslab-kernel/compiler/documents.ts";
import { legible } from "../../src/tslab-kernel/compiler/language/legible.ts";

const documents = new Documents("/home/it's mine/notebooks");
const cells = ["interface Point { x: number }", "interface Point { y: number }"].map((code, index) =>
  documents.parse(`cell[${index + 7}]`, code),
);
for (const cell of cells) documents.add(cell);
const [first, second] = cells.map(({ fileName }) => fileName.replace(/\.ts$/, ""));

test.each([
  [`Type 'import("${second}").Point' is not assignable`, `Type 'import("cell[8]").Point' is not assignable`],
  [`Type 'import("${first}").Point$before' is not assignable to type 'Point'`, "Type 'Point of cell[7]' is not assignable to type 'Point'"],
  ["const p: Point$before", "const p: Point of cell[7]"],
  [`File '${second}.ts' is not a module.`, "File 'cell[8]' is not a module."],
  ['typeof import("cairn:cell[7]").Point', 'typeof import("cell[7]").Point'],
  ['import("/notebooks/cairn-draft").Own', 'import("this cell").Own'],
  ['import("/notebooks/cairn-cell-99").Gone', 'import("an earlier cell").Gone'],
  ["Other$before", "an earlier Other"],
  ["what $before stands alone", "what $before stands alone"],
])("%s", (text, read) => {
  expect(legible(text, documents)).toBe(read);
});

test("a cell that was refused has its name all the same", () => {
  const refused = documents.parse("cell[9]", "");
  expect(legible(`import("${refused.fileName.slice(0, -3)}").Own`, documents, refused)).toBe('import("cell[9]").Own');
});
