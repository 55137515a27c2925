/** Notebooks that the schema forbids and Jupyter's programs read: they are read, come back as they were, and what is added is valid. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatNotebook, parseNotebook, type Notebook } from "../../src/nbformat/index.ts";

const code = (fields: object = {}): object => ({
  cell_type: "code",
  source: [],
  metadata: {},
  execution_count: null,
  outputs: [],
  ...fields,
});
const file = (cells: object[], { minor = 4, metadata = {} }: { minor?: number; metadata?: object } = {}): string =>
  JSON.stringify({ nbformat: 4, nbformat_minor: minor, metadata, cells });
const roundTrip = (text: string): unknown => JSON.parse(formatNotebook(parseNotebook(text, "a.ipynb")));

const result = { output_type: "execute_result", execution_count: 1, metadata: {}, data: { "text/plain": ["1"] } };

describe("one round trip changes nothing", () => {
  test.each<[string, string]>([
    ["ids in 4.4, valid or not", file([code({ id: "a" }), code({ id: "a" }), code({ id: 7 })])],
    ["ids that 4.5 would not take", file([code({ id: "a b" }), code({ id: "x".repeat(80) })], { minor: 5 })],
    [
      "outputs and a count on a Markdown cell",
      file([{ cell_type: "markdown", source: ["# T"], metadata: {}, outputs: [], execution_count: null }]),
    ],
    ["outputs on a raw cell", file([{ cell_type: "raw", source: [], metadata: {}, outputs: [{ output_type: "stream" }] }])],
    ["attachments on a code cell", file([code({ attachments: { "a.png": { "image/png": "aGk=" } } })])],
    [
      "attachments that are null or hold null",
      file([
        { cell_type: "markdown", source: [], metadata: {}, attachments: null },
        { cell_type: "markdown", source: [], metadata: {}, attachments: { "a.png": null } },
      ]),
    ],
    ["extra fields of cells", file([code({ colour: "red", prompt_number: 3 })])],
    ["extra fields of outputs", file([code({ outputs: [{ ...result, transient: { display_id: "1" }, extra: [1] }] })])],
    ["metadata of a stream", file([code({ outputs: [{ output_type: "stream", name: "stdout", text: ["a\n"], metadata: {} }] })])],
    [
      "MIME values that are null, numbers, objects",
      file([code({ outputs: [{ ...result, data: { "text/html": null, "text/plain": 42, "image/png": {} } }] })]),
    ],
    ["a stream of another name", file([code({ outputs: [{ output_type: "stream", name: "log", text: [] }] })])],
    ["tags twice, with commas, null", file([code({ metadata: { tags: ["a", "a", "b,c"] } }), code({ metadata: { tags: null } })])],
    ["metadata of other types", file([code({ metadata: { collapsed: null, scrolled: 1, name: "", execution: { timeout: 3 } } })])],
    ["a kernelspec without a name", file([], { metadata: { kernelspec: { display_name: "Python 3" }, language_info: {} } })],
    [
      "null as kernelspec, fields of the document",
      `{"nbformat":4,"nbformat_minor":4,"metadata":{"kernelspec":null,"title":1},"cells":[],"extra":1}`,
    ],
    ["a count below zero", file([code({ execution_count: -1 })])],
  ])("%s", (_, text) => {
    expect(roundTrip(text)).toEqual(JSON.parse(text));
  });

  test("any fields and any MIME values", () => {
    const extra = fc.dictionary(fc.constantFrom("transient", "x", "outputs", "attachments", "id", "name"), fc.jsonValue({ maxDepth: 1 }));
    const data = fc.dictionary(
      fc.constantFrom("text/html", "image/png", "application/json", "a"),
      fc.oneof(fc.constant(null), fc.integer(), fc.boolean()),
    );
    fc.assert(
      fc.property(extra, extra, data, (ofCell, ofOutput, bundle) => {
        const output = { ...ofOutput, output_type: "display_data", data: bundle, metadata: {} };
        const markdown = { ...ofCell, cell_type: "markdown", source: [], metadata: {} };
        const text = file([code({ ...ofCell, outputs: [output] }), "attachments" in ofCell ? code() : markdown]);
        expect(roundTrip(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

const schemaOf = (minor: number): object => {
  const schema = JSON.parse(readFileSync(new URL(`schemas/nbformat.v4.${minor}.schema.json`, import.meta.url), "utf8")) as Record<
    string,
    unknown
  >;
  delete schema.$schema; // draft 4, of which it uses what later drafts kept
  return schema;
};

test.each([0, 1, 2, 3, 4, 5])("in nbformat 4.%i, fields that are missing are added as the schema wants them", (minor) => {
  const cells = [
    { cell_type: "markdown", source: [] },
    { cell_type: "raw", source: "" },
    { cell_type: "code", source: "1" },
    {
      cell_type: "code",
      source: "1",
      outputs: [
        { output_type: "stream", text: "a" },
        { output_type: "display_data", data: {} },
      ],
    },
    { cell_type: "code", source: "1", outputs: [{ output_type: "execute_result", data: {} }, { output_type: "error" }] },
  ];
  const written = roundTrip(JSON.stringify({ nbformat: 4, nbformat_minor: minor, cells }));
  const ajv = new Ajv({ strict: false });
  expect([ajv.validate(schemaOf(minor), written), ajv.errors]).toEqual([true, null]);
  expect((written as { cells: object[] }).cells.map((cell) => Object.keys(cell).toSorted().join())).toEqual(
    [
      "cell_type,metadata,source",
      "cell_type,metadata,source",
      ...Array.from({ length: 3 }, () => "cell_type,execution_count,metadata,outputs,source"),
    ].map((keys) => (minor >= 5 ? keys.replace(/(?=metadata)/, "id,") : keys)),
  );
});

test("nbformat 3 is converted as Python's nbformat does it, and what is written is valid", () => {
  const read = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
  const notebook = parseNotebook(read("jupyter-3.ipynb"), "a.ipynb");
  const { orig_nbformat: _, orig_nbformat_minor: __, ...metadata } = (JSON.parse(read("expected-3.json")) as Notebook).metadata;
  expect({ ...notebook, cells: notebook.cells.map(({ id: ___, ...cell }) => cell) }).toEqual({
    ...(JSON.parse(read("expected-3.json")) as Notebook),
    metadata,
  });
  const ajv = new Ajv({ strict: false });
  expect([ajv.validate(schemaOf(5), JSON.parse(formatNotebook(notebook))), ajv.errors]).toEqual([true, null]);
});
