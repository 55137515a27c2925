/** Readers of the plain formats the data comes in. What is wrong is named by file and line. */
import type { DataFrame } from "danfojs-node";
import { ArgumentError, FormatError } from "../errors.ts";
import { argumentError, checkArray, checkChoice, checkObject, isPlainObject, shown } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";
import { isTaken, takenHint } from "./frame-columns.ts";

/** What a field of a record must be; a trailing `?` allows it to be absent. */
export type FieldKind = "string" | "number" | "boolean" | "array" | "object" | "string?" | "array?";

const fieldKinds: readonly FieldKind[] = ["string", "number", "boolean", "array", "object", "string?", "array?"];

/**
 * JSON Lines: one JSON object per line. Empty lines are skipped, fields that `fields` does not name are kept.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} A line is not JSON or not an object, or a field is missing or of another kind. Facts: file, line, and column or field.
 */
export async function readJsonLines<T>(file: string, fields: Record<keyof T & string, FieldKind>): Promise<T[]> {
  for (const [field, kind] of Object.entries(checkObject("fields", fields))) checkChoice(`fields.${field}`, kind, fieldKinds);
  const records: T[] = [];
  for (const [index, text] of (await readText(file)).split("\n").entries()) {
    if (text.trim() !== "") records.push(parseRecord(text, fields, file, index + 1) as T);
  }
  return records;
}

function parseRecord(text: string, fields: Record<string, FieldKind>, file: string, line: number): object {
  const record = parseJson(text, { file, line });
  if (!isPlainObject(record)) {
    throw new FormatError(`${file}:${line}: expected an object, found ${shown(record)}`, {
      hint: "every line is one JSON object",
      facts: { file, line },
    });
  }
  for (const [field, kind] of Object.entries(fields)) {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    const expected = kind.replace("?", "");
    if (value === undefined && kind.endsWith("?")) continue;
    const found = value === undefined ? "missing" : value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    if (found === expected) continue;
    throw new FormatError(`${file}:${line}: field "${field}" must be ${article(expected)}, but is ${article(found)}`, {
      hint: `compare with the lines around it; a record has the fields ${Object.keys(fields).join(", ")}`,
      facts: { file, line, field, expected, found },
    });
  }
  return record;
}

function article(kind: string): string {
  if (kind === "missing" || kind === "null") return kind;
  return `${/^[ao]/.test(kind) ? "an" : "a"} ${kind}`;
}

/**
 * A whole JSON file.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} It is not JSON. Facts: file, line, column.
 */
export async function readJson(file: string): Promise<unknown> {
  return parseJson(await readText(file), { file });
}

/**
 * UTF-8 text, without its byte-order mark, with line feeds for CR LF.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} It is not UTF-8; the message says what it looks like. Facts: file, offset (in bytes), line, looksLike.
 */
export async function readText(file: string): Promise<string> {
  return (await readUtf8(file)).replaceAll("\r\n", "\n");
}

/**
 * Records as a DataFrame, with a column for each field that any of them has; lists become text, absent values NaN.
 *
 * @throws {ArgumentError} Records that are not plain objects, a field that a DataFrame uses for itself, such as "shape", or a symbol or a function.
 */
export async function toDataFrame(records: readonly object[]): Promise<DataFrame> {
  checkArray("records", records, (name, record) => {
    for (const [field, value] of Object.entries(checkObject(name, record))) {
      if (typeof value === "symbol" || typeof value === "function")
        throw argumentError(`${name}.${field}`, "a value that a table can hold", value);
    }
  });
  const { default: danfo } = await import("danfojs-node");
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const taken = columns.find(isTaken);
  if (taken !== undefined) {
    throw new ArgumentError(`a DataFrame cannot have a column named "${taken}": it would hide its own ${taken}`, {
      hint: takenHint,
      facts: { argument: "records", value: taken },
    });
  }
  const cell = (value: unknown): unknown => (Array.isArray(value) ? value.map((item) => plain(item)).join(", ") : (value ?? Number.NaN));
  return new danfo.DataFrame(records.map((record) => columns.map((column) => cell((record as Record<string, unknown>)[column]))) as never, {
    columns,
  });
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
