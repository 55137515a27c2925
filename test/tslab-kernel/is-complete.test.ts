/** What is_complete_request is answered: a console asks it when Enter is pressed. */
import { expect, test } from "vitest";
import { isComplete } from "../../src/tslab-kernel/compiler/language/is-complete.ts";

test.each([
  "",
  "1 + 1",
  "// a comment",
  "await fetch('x')",
  "for await (const x of y) console.log(x)",
  "if (x) {}",
  "function f() {\n  return 1\n}",
  "declare function f(): void",
  "const text = `a ${b} c`",
  "a\n  .b()",
  "/[({`'\"]/.test(x)",
  "import { a } from 'b'",
  "export const a = 1",
])("complete: %j", (code) => {
  expect(isComplete(code)).toEqual({ status: "complete" });
});

test.each([
  ["if (x) {", "  "],
  ["function f() {\n  if (x) {", "    "],
  ["class A {\n  b(): void {\n    call(", "      "],
  ["call(a, [\n  1,", "  "],
  ["function f()", ""],
  ["if (x)", ""],
  ["try {}", ""],
  ["a +", ""],
  ["  a.", "  "],
  ["a ? b", ""],
  ["x =>", ""],
  ["const x =", ""],
  ["const text = `a", ""],
  ["const text = `a ${", "  "],
  ["const text = `a ${b} c", ""],
  ["/* open", ""],
  ["call(/[(]/", "  "],
  ["'goes on\\", ""],
  ["import { a } from", ""],
  ["await", ""],
  ["@decorated", ""],
])("incomplete: %j", (code, indent) => {
  expect(isComplete(code)).toEqual({ status: "incomplete", indent });
});

test.each([
  "const = 1",
  "1 +* 2",
  "let a b",
  "}",
  "f(1))",
  "'never closed",
  "/never closed",
  "%timeit f()",
  "import numpy as np",
  "if (x) { let a b",
])("invalid: %j", (code) => {
  expect(isComplete(code)).toEqual({ status: "invalid" });
});
