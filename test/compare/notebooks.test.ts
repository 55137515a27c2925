/** Two versions of a notebook. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignCells } from "../../src/compare/align.ts";
import { diffNotebooks, isSameNotebook, showNotebooks } from "../../src/compare/index.ts";
import type { Cell, CodeCell, Notebook, Output } from "../../src/nbformat/index.ts";

const code = (source: string, id?: string, outputs: Output[] = [], metadata: Cell["metadata"] = {}): CodeCell => ({
  cell_type: "code",
  source,
  metadata,
  execution_count: null,
  outputs,
  ...(id === undefined ? {} : { id }),
});
const notebook = (cells: Cell[], metadata: Notebook["metadata"] = {}): Notebook => ({ nbformat: 4, nbformat_minor: 5, metadata, cells });
const pairs = (before: Cell[], after: Cell[]): string[] =>
  alignCells(before, after).map(({ before: b, after: a }) => `${b ?? "-"}→${a ?? "-"}`);

describe("cells are found again", () => {
  test("by id, whatever became of their code", () => {
    expect(pairs([code("a", "1"), code("b", "2")], [code("new", "3"), code("quite another", "1"), code("b", "2")])).toEqual([
      "-→0",
      "0→1",
      "1→2",
    ]);
  });

  test("by their code, where ids say nothing", () => {
    expect(pairs([code("a"), code("b"), code("c")], [code("b"), code("x"), code("c")])).toEqual(["0→-", "1→0", "-→1", "2→2"]);
    expect(pairs([code("a", "1"), code("b", "2")], [code("a", "3"), code("b", "4")])).toEqual(["0→0", "1→1"]);
  });

  test("by code that is alike", () => {
    expect(
      pairs([code("const total = sum(rows)"), code("plot(total)")], [code("plot(total)"), code("const total = sum(rows, 1)")]),
    ).toEqual(["0→-", "1→0", "-→1"]);
    expect(pairs([code("const total = sum(rows)"), code("z")], [code("first"), code("const total = sum(rows, 'x')"), code("z")])).toEqual([
      "-→0",
      "0→1",
      "1→2",
    ]);
  });

  test("one that was moved has gone and come", () => {
    expect(pairs([code("a", "1"), code("b", "2"), code("c", "3")], [code("b", "2"), code("c", "3"), code("a", "1")])).toEqual([
      "0→-",
      "1→0",
      "2→1",
      "-→2",
    ]);
  });

  test("each once, in the order of both", () => {
    const cells = fc.array(fc.record({ source: fc.constantFrom("a b c d", "a b c e", "x", "y z"), id: fc.option(fc.constantFrom("1", "2", "3", "4"), { nil: undefined }) }), { maxLength: 8 }).map((list) => {
      const used = new Set<string>();
      return list.map(({ source, id }) => (id === undefined || used.has(id) ? code(source) : (used.add(id), code(source, id))));
    }); // prettier-ignore
    fc.assert(
      fc.property(cells, cells, (before, after) => {
        const aligned = alignCells(before, after);
        expect(aligned.flatMap((pair) => pair.before ?? [])).toEqual(before.map((_, index) => index));
        expect(aligned.flatMap((pair) => pair.after ?? [])).toEqual(after.map((_, index) => index));
      }),
    );
  });
});

describe("what is different", () => {
  const stream = (text: string): Output => ({ output_type: "stream", name: "stdout", text });

  test("is nothing where only counts, times and marks of editors are", () => {
    const before = notebook(
      [{ ...code("1", "a", [stream("1\n")], { execution: { "iopub.status.busy": "2020" }, scrolled: true }), execution_count: 1 }],
      { language_info: { name: "x" }, widgets: {} },
    );
    const after = notebook([{ ...code("1", "a", [stream("1\n")]), execution_count: 7 }]);
    expect(isSameNotebook(diffNotebooks(before, after))).toBe(true);
  });

  test("is told by cell: source, metadata, outputs", () => {
    const before = notebook([code("const n = 1\nn + 1", "a", [stream("2\n")]), code("gone", "b"), code("same", "c", [], { tags: ["x"] })], {
      title: "T",
    });
    const after = notebook([
      code("const n = 2\nn + 1", "a", [stream("3\n")]),
      code("same", "c", [], { tags: ["x", "y"] }),
      code("come", "d", [stream("!\n")]),
    ]);
    const difference = diffNotebooks(before, after);
    expect(showNotebooks(["old", "new"], difference)).toEqual([
      "--- old",
      "+++ new",
      "",
      "the notebook's metadata",
      "    - {",
      '    -   "title": "T"',
      "    - }",
      "",
      "cell 1 (code) changed",
      "    - const n = 1",
      "    + const n = 2",
      "      n + 1",
      "    output stdout",
      "      - 2",
      "      + 3",
      "",
      "cell 2 (code) removed",
      "    - gone",
      "",
      "cell 2 (code, was cell 3) changed",
      "    metadata",
      "      {",
      '    -   "tags": ["x"]',
      '    +   "tags": ["x", "y"]',
      "      }",
      "",
      "cell 3 (code) added",
      "    + come",
      "    output stdout: was not shown before",
      "      + !",
    ]);
    expect(diffNotebooks(before, after, { outputs: false, metadata: false }).cells.map(({ kind }) => kind)).toEqual([
      "changed",
      "removed",
      "added",
    ]);
  });

  test("in a picture is said in a line, in a long output cut", () => {
    const picture = (bytes: string): Output => ({ output_type: "display_data", data: { "image/jpeg": bytes }, metadata: {} });
    const long = stream(Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join(""));
    const shown = showNotebooks(
      ["a", "b"],
      diffNotebooks(notebook([code("1", "a", [picture("AAAA")])]), notebook([code("1", "a", [picture("AAAB"), long])])),
    );
    expect(shown).toContain("    output image/jpeg: its bytes differ");
    expect(shown).toContain("        … and 460 more changed lines");
    expect(shown.length).toBeLessThan(60);
  });
});
