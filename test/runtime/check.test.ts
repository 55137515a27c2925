import { describe, expect, test } from "vitest";
import { ArgumentError, FormatError, HelperError, ShapeError } from "../../kernel-helpers/errors.ts";
import {
  checkArray,
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInstance,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
  isPlainObject,
  shown,
} from "../../kernel-helpers/runtime/check.ts";

const messageOf = (run: () => unknown): string => {
  try {
    return `passed: ${String(run())}`;
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    return (error as Error).message.replace("\n  hint: ", " · ");
  }
};

describe("what an argument must be", () => {
  test.each<[() => unknown, string]>([
    [() => checkNumber("temperature", -1, { min: 0 }), "temperature must be ≥ 0, got -1 · pass a number ≥ 0"],
    [() => checkNumber("temperature", "hot", { min: 0 }), 'temperature must be a finite number ≥ 0, got "hot" · pass a finite number ≥ 0'],
    [() => checkNumber("rate", NaN), "rate must be a finite number, got NaN · pass a finite number"],
    [() => checkNumber("rate", 1, { min: 0, below: 1 }), "rate must be ≥ 0 and < 1, got 1 · pass a number ≥ 0 and < 1"],
    [() => checkInteger("topK", 2.5, { min: 1 }), "topK must be an integer ≥ 1, got 2.5 · pass an integer ≥ 1"],
    [() => checkInteger("topK", 2 ** 60, { min: 1 }), "topK must be an integer ≥ 1, got 1152921504606847000 · pass an integer ≥ 1"],
    [
      () => checkChoice("metric", "cosin", ["cosine", "dot"]),
      'metric must be one of "cosine", "dot", got "cosin" · did you mean "cosine"?',
    ],
    [() => checkChoice("metric", 3, ["cosine", "dot"]), 'metric must be one of "cosine", "dot", got 3 · use one of "cosine", "dot"'],
    [() => checkBoolean("causal", "yes"), 'causal must be true or false, got "yes" · pass true or false'],
    [() => checkText("prompt", null), "prompt must be a string, got null · pass a string"],
    [() => checkFunction("loss", 3 as never), "loss must be a function, got 3 · pass a function"],
    [() => checkArray("texts", "abc", checkText), 'texts must be an array, got "abc" · pass an array'],
    [() => checkArray("texts", ["a", null], checkText), "texts[1] must be a string, got null · pass a string"],
    [() => checkArray("texts", Array.from({ length: 2 }), checkText), "texts[0] must be a string, got undefined · pass a string"],
    [() => checkObject("filter", new Set(["a"])), "filter must be a plain object, got a Set · pass a plain object"],
    [() => checkOptions("options", { topk: 5 }, ["topK", "filter"]), 'options has no option "topk" · did you mean "topK"?'],
    [() => checkInstance("shape", [1], Map), "shape must be a Map, got an array of 1 · pass a Map"],
  ])("%s", (run, message) => expect(messageOf(run)).toBe(message));

  test("what is right is returned", () => {
    expect([checkNumber("n", 0, { min: 0 }), checkInteger("n", 3, { above: 2 }), checkChoice("c", "a", ["a"]), checkText("t", "")]).toEqual(
      [0, 3, "a", ""],
    );
    expect(checkOptions("options", undefined, ["a"])).toBeUndefined();
  });
});

test("an object literal is plain, also of another realm; a list, a map and an instance are not", async () => {
  const { runInNewContext } = await import("node:vm");
  expect([{}, Object.create(null), runInNewContext("({})")].map(isPlainObject)).toEqual([true, true, true]);
  expect([[], new Map(), new Date(0), null, "a"].map(isPlainObject)).toEqual([false, false, false, false, false]);
});

test("a value is shown in a few words", () => {
  expect([[1, 2], new Float32Array(3), { a: 1 }, {}, 3n, undefined, "x".repeat(60)].map(shown)).toEqual([
    "an array of 2",
    "a Float32Array of 3",
    "an object with a",
    "{}",
    "3n",
    "undefined",
    `"${"x".repeat(39)}…"`,
  ]);
});

test("errors carry a code that is their class's, and their facts", () => {
  const error = (() => {
    try {
      return checkInteger("topK", 0, { min: 1 });
    } catch (thrown) {
      return thrown as HelperError;
    }
  })() as HelperError;
  expect({ code: error.code, ...error.facts }).toEqual({ code: "ERR_ARGUMENT", argument: "topK", expected: "an integer ≥ 1", value: 0 });
  expect(new ShapeError("s", { hint: "h" }).code).toBe("ERR_SHAPE");
  expect(new FormatError("s", { hint: "h", facts: { file: "a.csv", line: 3 } }).facts).toEqual({ file: "a.csv", line: 3 });
});
