/** What is said about a file that is not a notebook: each message whole. */
import { describe, expect, test } from "vitest";
import { formatNotebook, NotebookFormatError, parseNotebook, readNotebook } from "../../src/nbformat/index.ts";
import { InputError } from "../../src/errors.ts";

function messageOf(text: string | object): string {
  const parse = (): unknown => parseNotebook(typeof text === "string" ? text : JSON.stringify(text), "a.ipynb");
  expect(parse).toThrow(NotebookFormatError);
  try {
    return String(parse());
  } catch (error) {
    return (error as Error).message;
  }
}

const notebook = (cells: unknown[], minor = 4): object => ({ nbformat: 4, nbformat_minor: minor, metadata: {}, cells });
const code = (fields: object = {}): object => ({
  cell_type: "code",
  source: "",
  metadata: {},
  execution_count: null,
  outputs: [],
  ...fields,
});

describe("text that is not JSON", () => {
  test.each([
    ["", "line 1, column 1: unexpected end of file"],
    ['{\n "cells": [,]\n}', 'line 2, column 12: unexpected ","'],
    ['{"a": "x\ny"}', "line 1, column 9: a string is not closed on its line"],
    ['{"a": "\\x"}', "line 1, column 7: a string has an invalid escape"],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ["{a: 1}", 'line 1, column 2: expected a key in quotes, found "a"'],
    ["[1, 2", "line 1, column 6: unexpected end of file"],
    ["{} {}", "line 1, column 4: unexpected text after the end of the document"],
    ["<html>", 'line 1, column 1: unexpected "<"'],
  ])("%j", (text, expected) => {
    expect(messageOf(text)).toBe(`a.ipynb is not JSON: ${expected}`);
  });

  test("merge conflicts", () => {
    expect(messageOf('{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> main\n}')).toBe(
      "a.ipynb has unresolved merge conflicts, the first in line 2\n" +
        "  hint: resolve them first; nbdime (git mergetool --tool nbdime) understands notebooks",
    );
  });

  test("a hundred thousand brackets", () => {
    expect(messageOf("[".repeat(100_000))).toBe("a.ipynb is nested too deeply to be a notebook");
  });
});

describe("versions", () => {
  test("older than 2", () => {
    expect(messageOf({ nbformat: 1, cells: [] })).toBe(
      "a.ipynb is in the old format nbformat 1; Cairn reads nbformat 2 to 4\n  hint: convert it: jupyter nbconvert --to notebook --inplace a.ipynb",
    );
  });

  test("newer than 4", () => {
    expect(messageOf({ nbformat: 5 })).toBe(
      "a.ipynb is in the format nbformat 5, which is newer than Cairn; Cairn reads nbformat 2 to 4\n  hint: save it as nbformat 4 with the program that made it",
    );
  });

  test("none", () => {
    expect(messageOf({ cells: [] })).toBe('a.ipynb is not a notebook: it has no integer "nbformat"');
    expect(messageOf({ nbformat: 4 })).toBe('a.ipynb is not a notebook: it has no integer "nbformat_minor"');
    expect(messageOf("[]")).toBe("a.ipynb is not a notebook: it holds no JSON object");
  });

  test("a newer minor is read, its new fields kept", () => {
    const cell = { ...code(), id: "a", folded: true };
    expect(parseNotebook(JSON.stringify(notebook([cell], 9)), "a.ipynb").cells[0]).toEqual(cell);
  });
});

describe("broken cells", () => {
  test.each([
    [[code(), code({ execution_count: "1" })], '/cells/1/execution_count (cell 2) must be integer or null, found "1"'],
    [[code({ source: 7 })], "/cells/0/source (cell 1) must be string or array of strings, found 7"],
    [[{ cell_type: "markdown", metadata: {} }], '/cells/0 (cell 1) must have the field "source"'],
    [[{ cell_type: "markdown", source: "", metadata: [] }], "/cells/0/metadata (cell 1) must be object, found []"],
    [[{ cell_type: "heading" }], '/cells/0/cell_type (cell 1) must be "code" or "markdown" or "raw", found "heading"'],
    [[null], '/cells/0/cell_type (cell 1) must be "code" or "markdown" or "raw", found nothing'],
    [[code({ outputs: {} })], "/cells/0/outputs (cell 1) must be array, found {}"],
    [[code({ outputs: [{ output_type: "display_data" }] })], '/cells/0/outputs/0 (cell 1) must have the field "data"'],
    [
      [code({ outputs: [{ output_type: "stream", name: "stdout", text: {} }] })],
      "/cells/0/outputs/0/text (cell 1) must be string or array of strings, found {}",
    ],
    [
      [code({ outputs: [{ output_type: "pyout" }] })],
      '/cells/0/outputs/0/output_type (cell 1) must be "stream" or "display_data" or "execute_result" or "error", found "pyout"',
    ],
    [[code({ metadata: { tags: "a" } })], '/cells/0/metadata/tags (cell 1) must be array of strings, found "a"'],
  ])("%j", (cells, expected) => {
    expect(messageOf(notebook(cells))).toBe(`a.ipynb breaks the format nbformat 4.4: ${expected}`);
  });

  test("the document itself", () => {
    expect(messageOf({ nbformat: 4, nbformat_minor: 4, metadata: { language_info: { name: 3 } }, cells: [] })).toBe(
      "a.ipynb breaks the format nbformat 4.4: /metadata/language_info/name must be string, found 3",
    );
    expect(messageOf({ nbformat: 4, nbformat_minor: 4, metadata: {} })).toBe(
      'a.ipynb breaks the format nbformat 4.4: the document must have the field "cells"',
    );
  });
});

describe("cell ids", () => {
  const ids = (cells: object[], minor: number): unknown[] =>
    parseNotebook(JSON.stringify(notebook(cells, minor)), "a.ipynb").cells.map((cell) => cell.id);

  test("missing and repeated ones are replaced from 4.5 on, the same way each time", () => {
    const cells = [code(), code({ id: "twice" }), code({ id: "twice" }), code()];
    const repaired = ids(cells, 5);
    expect(repaired[1]).toBe("twice");
    expect(new Set(repaired).size).toBe(4);
    expect(repaired.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(String(id)))).toBe(true);
    expect(ids(cells, 5)).toEqual(repaired);
  });

  test("a cell added in memory gets one when written", () => {
    const written = parseNotebook(JSON.stringify(notebook([code({ id: "a" })], 5)), "a.ipynb");
    written.cells.push({ cell_type: "raw", metadata: {}, source: "added" });
    expect((JSON.parse(formatNotebook(written)) as { cells: object[] }).cells[1]).toHaveProperty(
      "id",
      expect.stringMatching(/^[0-9a-f]{8}$/),
    );
  });

  test("none is made before 4.5", () => {
    expect(ids([code()], 4)).toEqual([undefined]);
  });
});

test("the exit code of wrong input", () => {
  expect(new NotebookFormatError("x").exitCode).toBe(2);
});

test("a file that is not there", async () => {
  await expect(readNotebook("/nowhere/a.ipynb")).rejects.toThrow(new InputError("cannot read /nowhere/a.ipynb: there is no such file"));
  await expect(readNotebook("/")).rejects.toThrow(new InputError("cannot read /: it is a folder"));
});
