/** Files that Jupyter wrote (make-fixtures.py) come back byte for byte, and mean in memory what they mean to Jupyter. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatNotebook,
  parseNotebook,
  readNotebook,
  type CodeCell,
  type DisplayDataOutput,
  type Notebook,
} from "../../src/nbformat/index.ts";
import { parseJson } from "../../src/nbformat/json.ts";

const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;

describe("files written by Jupyter", () => {
  test.each([0, 1, 2, 3, 4, 5])("nbformat 4.%i comes back byte for byte", async (minor) => {
    const path = fixture(`jupyter-4.${minor}.ipynb`);
    expect(formatNotebook(await readNotebook(path))).toBe(readFileSync(path, "utf8"));
  });

  test("a notebook in memory equals what Python's nbformat reads", async () => {
    const expected = parseJson(readFileSync(fixture("expected-4.5.json"), "utf8")) as Notebook;
    const ours = await readNotebook(fixture("jupyter-4.5.ipynb"));
    expect(parseJson(formatNotebook(ours))).toEqual(parseJson(formatNotebook(expected)));
    expect(JSON.parse(JSON.stringify(ours))).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test("a number keeps its spelling until it gets another value", async () => {
    const notebook = await readNotebook(fixture("jupyter-4.5.ipynb"));
    const display = (notebook.cells[1] as CodeCell).outputs[2] as DisplayDataOutput;
    (display.data["application/json"] as Record<string, number>).float = 2;
    const text = formatNotebook(notebook);
    expect(text).toContain('"float": 2,');
    expect(text).toContain('"small": 1e-07');
    expect(text).toContain('"big": 12345678901234567890,');
    expect(text).toContain('"nan": NaN,');
  });
});

describe("any notebook", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\u2028", '"', "\\", "é", "中", "😀", "\u0000", "\v"), maxLength: 12 });
  const metadata = fc
    .dictionary(fc.string({ unit: "binary", maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }))
    .map((fields) => ({ extra: fields }));
  const cell = fc.oneof(
    fc.record({ cell_type: fc.constantFrom("markdown", "raw"), source: text, metadata }),
    fc.record({
      cell_type: fc.constant("code"),
      source: text,
      metadata,
      execution_count: fc.option(fc.nat()),
      outputs: fc.array(
        fc.oneof(
          fc.record({ output_type: fc.constant("stream"), name: fc.constantFrom("stdout", "stderr"), text }),
          fc.record({
            output_type: fc.constant("display_data"),
            metadata,
            data: fc.record({ "text/html": text, "application/json": fc.jsonValue() }),
          }),
        ),
        { maxLength: 2 },
      ),
    }),
  );

  test("survives writing and reading", () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 3 }), metadata, (cells, meta) => {
        const notebook = { nbformat: 4, nbformat_minor: 4, metadata: meta, cells } as unknown as Notebook;
        const written = formatNotebook(notebook);
        const again = parseNotebook(written, "a.ipynb");
        expect(formatNotebook(again)).toBe(written);
        expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(notebook)));
      }),
    );
  });
});

test("a source line of four million characters is read and written", () => {
  const source = `${"x".repeat(4_000_000)}\\n`;
  const file = `{"nbformat":4,"nbformat_minor":4,"metadata":{},"cells":[{"cell_type":"raw","metadata":{},"source":"${source}"}]}`;
  expect(parseNotebook(file, "long.ipynb").cells[0]!.source).toHaveLength(4_000_001);
});
