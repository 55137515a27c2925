/** Quoted code: numbered lines around a mark. */
import { expect, test } from "vitest";
import { codeFrame } from "../../src/runtime/code-frame.ts";

test("the line is marked with its neighbours around it, numbers as wide as the widest", () => {
  const source = Array.from({ length: 12 }, (_, index) => (index === 8 ? "" : `line ${index + 1}`)).join("\n");
  expect(codeFrame(source, { line: 10 })).toEqual(["   8 | line 8", "   9 |", "> 10 | line 10", "  11 | line 11", "  12 | line 12"]);
});

test("a column is marked beneath, behind tabs as behind letters, and no further than the line reaches", () => {
  expect(codeFrame("\tfoo()", { line: 1, column: 2, length: 3 })).toEqual(["> 1 | \tfoo()", "    | \t^^^"]);
  expect(codeFrame("ab", { line: 1, column: 2, length: 9 }).at(-1)).toBe("    |  ^");
  expect(codeFrame("ab", { line: 1, column: 3 }).at(-1)).toBe("    |   ^");
});

test("alone, where no neighbours are wanted, and painted", () => {
  const paint = { red: (text: string) => `<${text}>`, dim: (text: string) => `(${text})` };
  expect(codeFrame("a\nb\nc", { line: 2, column: 1 }, paint, 0)).toEqual(["<> 2 |> b", "(    |) <^>"]);
});
