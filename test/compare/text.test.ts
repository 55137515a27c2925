/** Lines, numbers and outputs compared. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  agreeWithin,
  diffLines,
  diffOutputs,
  jsonText,
  linesOf,
  showLines,
  shownOf,
  showOutput,
  usualTolerance,
} from "../../src/compare/index.ts";
import type { Output } from "../../src/nbformat/index.ts";

/** Length of the longest common subsequence, by the table that every textbook has. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const table = [...Array(a.length + 1)].map(() => Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
  return table[a.length]![b.length]!;
}

describe("lines", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });

  test("give both texts again, with as many lines kept as can be", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = diffLines(before, after);
        const without = (kind: string): string[] => lines.filter((line) => line.kind !== kind).map(({ text }) => text);
        expect(without("added")).toEqual(before);
        expect(without("removed")).toEqual(after);
        expect(lines.filter(({ kind }) => kind === "same").length).toBe(commonLength(before, after));
      }),
    );
  });

  test("that are all different, by the ten thousand, are replaced", () => {
    const many = (name: string): string[] => Array.from({ length: 10_000 }, (_, index) => `${name} ${index}`);
    const lines = diffLines(["same", ...many("a")], ["same", ...many("b")]);
    expect([lines.length, lines[0]!.kind, lines[1]!.kind, lines.at(-1)!.kind]).toEqual([20_001, "same", "removed", "added"]);
  });

  test("are shown with two around them, the rest counted", () => {
    const before = "1 2 3 4 5 6 7 8 9".split(" ");
    expect(showLines(diffLines(before, before.with(4, "five")))).toEqual(["  … 2 unchanged lines", "  3", "  4", "- 5", "+ five", "  6", "  7", "  … 2 unchanged lines"]); // prettier-ignore
    expect(showLines(diffLines([], before), undefined, 3)).toEqual(["+ 1", "+ 2", "+ 3", "  … and 6 more changed lines"]);
    expect(showLines(diffLines(["x"], ["y".repeat(5000)]))[1]).toBe(`+ ${"y".repeat(200)}… (5000 characters)`);
    const many = diffLines(["a", "b", "c", "d"], ["1", "2", "3", "4"]);
    expect(showLines(many, undefined, 4)).toEqual(["- a", "- b", "+ 1", "+ 2", "  … and 4 more changed lines"]);
    const [gone, come] = ["a", "b"].map((letter) => `${"x".repeat(1000)}${letter}${"x".repeat(1000)}`);
    expect(showLines(diffLines([gone!], [come!]))).toEqual(["a", "b"].map((letter) => `${letter === "a" ? "-" : "+"} …${"x".repeat(40)}${letter}${"x".repeat(159)}… (2001 characters)`)); // prettier-ignore
  });
});

describe("numbers", () => {
  test.each([
    ["loss 0.1234567", "loss 0.1234568"],
    ["0.30000000000000004", "0.3"],
    ["1.2e-17", "-3.4e-17"],
    ["[ 1.0000001, -2.5 ]", "[ 1, -2.5 ]"],
    ["| a | 10.000001 |", "| a |  10.00000 |"],
    ["f(0.5) = 1", "f(0.5000001) = 1"],
  ])("%s and %s agree", (one, other) => expect(agreeWithin(one, other, usualTolerance)).toBe(true));

  test.each([
    ["1000000 rows", "1000001 rows"],
    ["0.93", "0.94"],
    ["a 0.5", "b 0.5"],
    ["0.5", "0.5 0.5"],
    ["1.2.3", "1.2.4"],
    ["#1f77b4", "#1f77b5"],
    ["v1.0000001x", "v1.0000002x"],
    ["", "0.0"],
  ])("%s and %s do not", (one, other) => expect(agreeWithin(one, other, usualTolerance)).toBe(false));

  test("a tolerance that is asked for counts for integers, too", () => {
    const loose = { relative: 0.01, absolute: 0, integers: true };
    expect(agreeWithin("1000 rows, 0.500", "1009 rows, 0.504", loose)).toBe(true);
    expect(agreeWithin("1000 rows", "1011 rows", loose)).toBe(false);
  });
});

describe("outputs", () => {
  const print = (text: string, name: "stdout" | "stderr" = "stdout"): Output => ({ output_type: "stream", name, text });
  const show = (data: Record<string, unknown>): Output => ({ output_type: "display_data", data, metadata: {} });

  test("are one text for each stream, however it was divided, and each representation of a value", () => {
    expect(
      shownOf([
        print("a\n"),
        show({ "text/plain": "v", "text/html": "<b>v</b>" }),
        print("w\n", "stderr"),
        print("\u001b[31mb\u001b[0m\n"),
      ]),
    ).toEqual([
      { type: "stdout", text: "a\nb\n" },
      { type: "stderr", text: "w\n" },
      { type: "text/html", text: "<b>v</b>" },
      { type: "text/plain", text: "v" },
    ]);
    expect(shownOf([{ output_type: "error", ename: "RangeError", evalue: "no", traceback: ["at /home/ada"] }])).toEqual([
      { type: "error", text: "RangeError: no" },
    ]);
  });

  test("a picture beside its data is passed over, a widget always", () => {
    const figure = { "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }] }, "image/png": "AAAA", "text/plain": "t" };
    expect(
      shownOf([show(figure), show({ "image/svg+xml": "<svg/>", "application/vnd.jupyter.widget-view+json": {} })]).map(({ type }) => type),
    ).toEqual(["application/vnd.plotly.v1+json", "text/plain", "image/svg+xml"]);
  });

  test("JSON has a line for each field, in the order of their names", () => {
    expect(jsonText({ b: [1, "x", null], a: { deep: [[1, 2], { k: true }] }, none: {}, gone: undefined })).toBe(
      '{\n  "a": {\n    "deep": [\n      [1, 2],\n      {\n        "k": true\n      }\n    ]\n  },\n  "b": [1, "x", null],\n  "none": {}\n}',
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("differences are told by type, in words", () => {
    const before = shownOf([print("a\n0.5\nc\n"), show({ "text/plain": "x" })]);
    const after = shownOf([print("a\n0.50000001\nd\n"), show({ "text/html": "<b>" })]);
    const differences = diffOutputs(before, after, { tolerance: usualTolerance });
    expect(differences.flatMap((difference) => showOutput(difference))).toEqual([
      "stdout",
      "    a",
      "    0.50000001",
      "  - c",
      "  + d",
      "text/plain: is no longer shown",
      "  - x",
      "text/html: was not shown before",
      "  + <b>",
    ]);
    expect(diffOutputs(before, before)).toEqual([]);
    expect(linesOf("")).toEqual([]);
  });
});
