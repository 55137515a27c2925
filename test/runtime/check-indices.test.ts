import { describe, expect, test } from "vitest";
import { checkIndices, isWellFormed } from "../../kernel-helpers/runtime/check.ts";

describe("checkIndices", () => {
  test("returns indices within the size, in any array of numbers", () => {
    for (const given of [[], [0, 4], Uint8Array.of(1), Int32Array.of(0, 4), Float64Array.of(3)])
      expect(checkIndices("ids", given, 5)).toBe(given);
  });

  test.each<[unknown, string, string]>([
    [[0, 5], "ids[1] must be ≥ 0 and < 5, got 5", "ERR_OUT_OF_RANGE"],
    [[-1], "ids[0] must be ≥ 0 and < 5, got -1", "ERR_OUT_OF_RANGE"],
    [[0.5], "ids[0] must be an integer, got 0.5", "ERR_ARGUMENT"],
    [[NaN], "ids[0] must be an integer, got NaN", "ERR_ARGUMENT"],
    [["0"], 'ids[0] must be an integer, got "0"', "ERR_ARGUMENT"],
    [[1n], "ids[0] must be an integer, got 1n", "ERR_ARGUMENT"],
    ["01", 'ids must be an array of integers, got "01"', "ERR_ARGUMENT"],
    [{ length: 1, 0: 0 }, "ids must be an array of integers, got an object with 0, length", "ERR_ARGUMENT"],
    [new Set([1]), "ids must be an array of integers, got a Set", "ERR_ARGUMENT"],
  ])("refuses %s", (given, message, code) => {
    let error: unknown;
    try {
      checkIndices("ids", given, 5);
    } catch (thrown) {
      error = thrown;
    }
    expect((error as Error).message).toContain(message);
    expect(error).toMatchObject({ code });
  });
});

test("text is well-formed when no surrogate stands alone", () => {
  expect(["", "a", "😀", "\uFFFD"].every(isWellFormed)).toBe(true);
  expect(["\ud83d", "a\ude00", "\ude00\ud83d"].some(isWellFormed)).toBe(false);
});
