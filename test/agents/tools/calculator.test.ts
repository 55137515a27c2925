/** Arithmetic by a parser. Values are JavaScript's own where it writes the same, and known ones elsewhere. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calculator, evaluateExpression } from "../../../kernel-helpers/agents/index.ts";

describe("an expression", () => {
  test.each<[string, number]>([
    ["2 + 3 * 4", 14],
    ["(2 + 3) * 4", 20],
    ["2 ^ 3 ^ 2", 512],
    ["2 ** -1", 0.5],
    ["-2^2", -4],
    ["(-2)^2", 4],
    ["--2", 2],
    ["7 % 3", 1],
    ["-7 % 3", -1],
    ["15%", 0.15],
    ["15% * 80", 12],
    ["80 * 15%", 12],
    ["7 % (3)", 1],
    ["1,234,567.5 + .5", 1234568],
    ["max(1,234)", 234],
    ["max(1,(2,345))", 2345],
    ["1.5e3 + 2E-1", 1500.2],
    ["round(1.005, 2)", 1.01],
    ["round(-2.5)", -3],
    ["round(1234, -2)", 1200],
    ["round(1e21, 2)", 1e21],
    ["sqrt(16) + abs(-3)", 7],
    ["log(8, 2)", 3],
    ["log(1000)", 3],
    ["ln(e)", 1],
    ["cos(pi)", -1],
    ["sum(1, 2, 3.5)", 6.5],
    ["（3＋4）×5÷2", 17.5],
    ["１２ − ２", 10],
  ])("%s", (text, value) => {
    expect(evaluateExpression(text)).toBeCloseTo(value, 12);
  });

  test("of numbers and + - * / and brackets has the value that JavaScript gives it", () => {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 6 },
        fc.integer({ min: 0, max: 999 }).map(String),
        fc
          .tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/"), tie("expression"))
          .map(([one, sign, other]) => `${one} ${sign} ${other}`),
        tie("expression").map((inner) => `(${inner})`),
      ),
    }));
    fc.assert(
      fc.property(expression, (text) => {
        // eslint-disable-next-line typescript/no-implied-eval -- the oracle; the text is of digits, signs and brackets
        const expected = new Function(`return ${text}`)() as number;
        if (Number.isFinite(expected)) expect(evaluateExpression(text)).toBe(expected);
        else expect(() => evaluateExpression(text)).toThrow("cannot be computed");
      }),
    );
  });

  test.each([
    ["2 +", "at 4, it ends too soon"],
    ["2 3", 'at 3, "3" is not expected here'],
    ["(2", 'at 3, ")" is missing'],
    ["1 / 0", "divided by zero"],
    ["sqrt(-1)", "not a real number"],
    ["9^999", "too large"],
    ["process.exit(1)", '"." is not part of arithmetic'],
    ["process(1)", '"process" is not known'],
    ["constructor(1)", '"constructor" is not known'],
    ["__proto__", '"__proto__" is not known'],
    ["toString()", '"toString" is not known'],
    ["require('fs')", '"\'" is not part of arithmetic'],
    ["globalThis['x']", '"[" is not part of arithmetic'],
    ["a => a", '"=" is not part of arithmetic'],
    ["`1`", '"`" is not part of arithmetic'],
    ["1;2", '";" is not part of arithmetic'],
    ["round(1)(2)", '"(" is not expected here'],
    ["max()", '")" is not expected here'],
    ["log(1, 2, 3)", "log takes 1 to 2 numbers, got 3"],
    [`${"(".repeat(200)}1${")".repeat(200)}`, "nested more than 100 deep"],
    [`${"-".repeat(500)}1`, "nested more than 100 deep"],
    ["1+".repeat(600), "longer than 1000 characters"],
  ])("%s is refused", (text, problem) => {
    expect(() => evaluateExpression(text)).toThrow(problem);
  });

  test("takes time that grows with its length, also where it is wrong", () => {
    for (const text of ["1,".repeat(499), "1,111".repeat(200), "%".repeat(1000), `max(${"1,".repeat(490)}`, "e".repeat(1000)])
      expect(() => evaluateExpression(text)).toThrow("cannot be computed");
  });
});

test("the tool rounds away what doubles cannot hold, and tells the model what is wrong", async () => {
  expect((await calculator().call({ expression: "0.1 + 0.2" })).content).toBe("0.3");
  expect((await calculator().call({ expression: "1/3" })).content).toBe("0.333333333333333");
  expect((await calculator().call({ expression: "import('fs')" })).content).toBe(
    'error: the expression cannot be computed: at 8, "\'" is not part of arithmetic',
  );
});
