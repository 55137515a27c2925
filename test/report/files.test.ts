/** What programs read: JSON, JUnit, GitHub's annotations. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatNotebook, parseNotebook } from "../../src/nbformat/index.ts";
import { toGitHubAnnotations, toJson, toJUnit } from "../../src/report/index.ts";
import { createColours } from "../../src/report/colours.ts";
import { endLine, summary } from "../../src/report/summary.ts";
import { sourceLines } from "../../src/report/source-lines.ts";
import { broken, failed, passed, runOf } from "./runs.ts";

test("JSON has path, status, seconds and cells, each failing one with its error", () => {
  expect(JSON.parse(toJson([passed, failed, broken]))).toEqual({
    notebooks: [
      {
        path: "good.ipynb",
        status: "passed",
        seconds: 1.235,
        cells: [
          { index: 1, status: "passed", seconds: 0.5 },
          { index: 3, status: "passed", seconds: 0.25 },
        ],
      },
      {
        path: "bad.ipynb",
        status: "failed",
        seconds: 1.235,
        cells: [
          { index: 1, status: "passed", seconds: 0.5 },
          { index: 2, status: "failed", seconds: 0.1, error: failed.result.cells[1]!.error },
          { index: 3, status: "skipped", seconds: 0 },
        ],
      },
      { path: "broken.ipynb", status: "failed", seconds: 0, error: broken.result.error, cells: [] },
    ],
  });
});

describe("JUnit", () => {
  test("has a suite for each notebook and a case for each code cell", async () => {
    expect(toJUnit([passed, failed, broken])).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="cairn" tests="6" failures="1" errors="1" skipped="1">
        <testsuite name="good.ipynb" time="1.235" tests="2" failures="0" errors="0" skipped="0">
          <testcase classname="good.ipynb" file="good.ipynb" name="cell 2: const a = 1" time="0.5"/>
          <testcase classname="good.ipynb" file="good.ipynb" name="cell 4: a + b" time="0.25"/>
        </testsuite>
        <testsuite name="bad.ipynb" time="1.235" tests="3" failures="1" errors="0" skipped="1">
          <testcase classname="bad.ipynb" file="bad.ipynb" name="cell 2: const a = 1" time="0.5"/>
          <testcase classname="bad.ipynb" file="bad.ipynb" name="cell 3: const b = 2" time="0.1">
            <failure message="TypeScriptError: TS2322: Type 'number' is not assignable to type 'string'." type="TypeScriptError"><![CDATA[TypeScriptError: TS2322: Type 'number' is not assignable to type 'string'.

        1 | const b = 2
      > 2 | const s: string = b
        3 | s.length]]></failure>
          </testcase>
          <testcase classname="bad.ipynb" file="bad.ipynb" name="cell 4: a + b" time="0">
            <skipped/>
          </testcase>
        </testsuite>
        <testsuite name="broken.ipynb" time="0" tests="1" failures="0" errors="1" skipped="0">
          <testcase classname="broken.ipynb" file="broken.ipynb" name="notebook">
            <error message="broken.ipynb is not JSON" type="NotebookFormatError"><![CDATA[broken.ipynb is not JSON]]></error>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  test("says how often a notebook was run that is flaky, and so does JSON", () => {
    const flaky = { ...passed, result: { ...passed.result, attempts: 2 } };
    expect(toJUnit([flaky])).toContain(
      'skipped="0">\n    <properties>\n      <property name="attempts" value="2"/>\n    </properties>\n    <testcase ',
    );
    expect(JSON.parse(toJson([flaky]))).toMatchObject({ notebooks: [{ status: "passed", attempts: 2 }] });
    expect(endLine(flaky.result, createColours({}, {}))).toBe("✓ good.ipynb  1.2 s, flaky: passed at try 2  2 cells");
    expect(summary([flaky, failed], 1, createColours({}, {}))).toMatch(/2 notebooks: 1 passed, 1 failed, 1 of them flaky {2}in/);
  });

  test("stays XML whatever a cell says", async () => {
    const message = 'a ]]> b \u0000\u001b[31m <tag attribute="1"> & \ud800 end';
    const xml = toJUnit([runOf("odd.ipynb", "failed", [{ index: 1, status: "failed", seconds: 0, error: { name: "Error", message } }])]);
    // oxlint-disable-next-line no-control-regex -- XML 1.0 has no place for these
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    expect(xml).toContain('message="Error: a ]]&gt; b  &lt;tag attribute=&quot;1&quot;&gt; &amp; � end"');
    expect(xml).toContain('<![CDATA[Error: a ]]]]><![CDATA[> b  <tag attribute="1"> & � end');
  });
});

describe("GitHub's annotations", () => {
  let folder: string;
  let path: string;
  const cells = [
    { cell_type: "markdown", id: "m", metadata: { source: ["not this"] }, source: ["# Title\n", 'with "source": []\n', "three"] },
    { cell_type: "code", id: "a", metadata: {}, execution_count: null, outputs: [], source: [] },
    { cell_type: "code", id: "b", metadata: {}, execution_count: null, outputs: [], source: ["one\n", 'two "{[" \\\n', "three"] },
  ];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cairn-annotations-"));
    path = join(folder, "a, b:c.ipynb");
    const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
    writeFileSync(path, formatNotebook(parseNotebook(text, path)));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const runWith = (line: number | undefined, indexInFile: number | undefined = 2): ReturnType<typeof runOf> => {
    const error = { name: "Error", message: "50% of\nit", ...(line === undefined ? {} : { line }) };
    const run = runOf(path, "failed", [{ index: 3, status: "failed", seconds: 0, error }]);
    run.cells[3] = { source: "", indexInFile };
    return run;
  };
  const lineIn = (annotations: string): string => formattedLines()[Number(/line=(\d+)/.exec(annotations)![1]) - 1]!.trim();
  const formattedLines = (): string[] =>
    formatNotebook(parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }), "")).split("\n");

  test("point at the line of the file where the failing line of code stands", () => {
    const annotations = toGitHubAnnotations([runWith(2), passed], folder);
    expect(lineIn(annotations)).toBe(String.raw`"two \"{[\" \\\n",`);
    expect(annotations).toMatch(/^::error file=a%2C b%3Ac\.ipynb,line=\d+,title=cell 4 failed::Error: 50%25 of%0Ait\n$/);
  });

  test("point at the cell when the line is not known, and at the file when the cell is not in it", () => {
    expect(lineIn(toGitHubAnnotations([runWith(undefined)], folder))).toBe(String.raw`"one\n",`);
    const run = runWith(1);
    run.cells[3] = { source: "injected" };
    expect(toGitHubAnnotations([run], folder)).toMatch(/line=1,/);
  });

  test("of a broken file point at its beginning", () => {
    expect(toGitHubAnnotations([broken], process.cwd())).toBe(
      "::error file=broken.ipynb,line=1,title=failed::NotebookFormatError: broken.ipynb is not JSON\n",
    );
  });

  test("a source that is one string has all its lines on one", () => {
    const text = JSON.stringify({ cells: [{ source: "a\nb" }, { metadata: {} }, { source: ["c\n", "d"] }] }, null, 1);
    expect(sourceLines(text)).toEqual([[4, 4], [], [11, 12]]);
  });
});
