/** What a person reads: while it runs, at the end, in colour or not. */
import { Terminal } from "./screen.ts";
import { expect, test } from "vitest";
import { codeFrame } from "../../src/runtime/code-frame.ts";
import { createColours } from "../../src/report/colours.ts";
import { LineReporter } from "../../src/report/lines.ts";
import { LiveReporter } from "../../src/report/live.ts";
import { summary } from "../../src/report/summary.ts";
import { createTerminalReporter } from "../../src/report/terminal.ts";
import { duration, firstLine } from "../../src/report/words.ts";
import { broken, failed, passed, runOf } from "./runs.ts";

const none = createColours({}, {});

test("the summary names the cell, its line, the error, and where the output is", () => {
  expect(summary([passed, failed, broken], 12.34, none)).toMatchInlineSnapshot(`
    "
    ✗ bad.ipynb failed

        cell 3, line 2  0.1 s
        TypeScriptError: TS2322: Type 'number' is not assignable to type 'string'.

          1 | const b = 2
        > 2 | const s: string = b
          3 | s.length

        with its outputs so far: out/bad.ipynb

    ✗ broken.ipynb failed
        NotebookFormatError: broken.ipynb is not JSON

    3 notebooks: 1 passed, 2 failed  in 12.3 s"
  `);
});

test("when all is well there is only the count", () => {
  expect(summary([passed, runOf("old.ipynb", "cached")], 75, none)).toBe("\n2 notebooks: 1 passed, 1 cached  in 1 min 15 s");
});

test("a long message is cut, and control characters are taken out of it", () => {
  const message = ["\u001b[31mfirst\u001b[0m\u0007", ...Array.from({ length: 50 }, (_, line) => `line ${line}`)].join("\n");
  const text = summary(
    [runOf("long.ipynb", "died", [{ index: 1, status: "died", seconds: 2, error: { name: "Error", message } }])],
    1,
    none,
  );
  expect(text).toContain("    Error: first\n    line 0\n");
  expect(text).toContain("    line 19\n    … and 30 more lines\n");
  // oxlint-disable-next-line no-control-regex -- none may be left
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
});

test("a code frame without a known line, or with one outside the cell, shows how the cell begins", () => {
  expect(codeFrame("a\nb\nc\nd\ne\nf", { line: undefined }, none)).toEqual(["  1 | a", "  2 | b", "  3 | c", "  4 | d", "  5 | e"]);
  expect(codeFrame("a", { line: 7 }, none)).toEqual(["  1 | a"]);
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: "1" }, false],
  [{ isTTY: true }, { TERM: "dumb" }, false],
  [{ isTTY: false }, {}, false],
  [{ isTTY: false }, { FORCE_COLOR: "1" }, true],
  [{ isTTY: true }, { FORCE_COLOR: "0" }, false],
])("colours for %j in %j: %j", (stream, env, isColoured) => {
  expect(createColours(stream, env).red("x")).toBe(isColoured ? "\u001b[31mx\u001b[0m" : "x");
});

test("lines for a log: a notebook's start and end", () => {
  const screen = new Terminal({ isTTY: false });
  const reporter = new LineReporter(screen.stream);
  reporter.onEvent({ type: "notebook-start", path: "bad.ipynb", cells: 3 });
  reporter.onEvent({ type: "cell-start", path: "bad.ipynb", index: 1 });
  reporter.onEvent({ type: "notebook-end", result: failed.result });
  reporter.onEvent({ type: "notebook-end", result: passed.result });
  reporter.end([], 1);
  expect(screen.written.split("\n").slice(0, 3)).toEqual([
    "  bad.ipynb  starts",
    "✗ bad.ipynb  1.2 s  failed in cell 3",
    "✓ good.ipynb  1.2 s  2 cells",
  ]);
});

test("a terminal shows the running notebook with its cell, and at the end only what ended and the summary", () => {
  const screen = new Terminal({ isTTY: true });
  const reporter = new LiveReporter(screen.stream, 2);
  reporter.onEvent({ type: "notebook-start", path: "good.ipynb", cells: 2 });
  expect(screen.lines()).toEqual([
    expect.stringMatching(/^\S good\.ipynb  0\.0 s  0 of 2 cells  waits for its kernel$/),
    expect.stringMatching(/^  0 of 2 notebooks  0\.0 s$/),
  ]);
  reporter.onEvent({ type: "cell-start", path: "good.ipynb", index: 1 });
  reporter.onEvent({ type: "cell-end", path: "good.ipynb", cell: passed.result.cells[0]!, outputs: [] });
  reporter.onEvent({ type: "cell-start", path: "good.ipynb", index: 3 });
  expect(screen.lines()[0]).toMatch(/^\S good\.ipynb  0\.\d s  1 of 2 cells  cell 4 for 0\.0 s$/);
  reporter.onEvent({ type: "notebook-end", result: passed.result });
  reporter.end([passed], 1.2);
  expect(screen.lines()).toEqual(["✓ good.ipynb  1.2 s  2 cells", "", "1 notebook: 1 passed  in 1.2 s"]);
});

test("CI gets lines even where it pretends to be a terminal, and so does a terminal without a size", () => {
  const { stream } = new Terminal({ isTTY: true });
  const reporters = [
    createTerminalReporter(1, stream, { CI: "true" }),
    createTerminalReporter(1, Object.assign(new Terminal({ isTTY: true }).stream, { columns: 0 }), {}),
    createTerminalReporter(1, stream, {}),
  ];
  expect(reporters.map((reporter) => reporter.constructor)).toEqual([LineReporter, LineReporter, LiveReporter]);
  for (const reporter of reporters) reporter.end([], 0);
});

test("times and first lines", () => {
  expect([0, 0.05, 59.94, 59.96, 61, 3600].map(duration)).toEqual(["0.0 s", "0.1 s", "59.9 s", "1 min 00 s", "1 min 01 s", "60 min 00 s"]);
  expect(firstLine("\n\n  const a = 1\nb")).toBe("const a = 1");
  expect(firstLine("x".repeat(100), 10)).toBe("xxxxxxxxx…");
});
