/** Readers of the plain formats the data comes in. A line that is wrong is named by file and number. */
import { readFile } from "node:fs/promises";
import type { DataFrame } from "danfojs-node";
import { FormatError } from "../errors.ts";

/** What a field of a record must be; a trailing `?` allows it to be absent. */
export type FieldKind = "string" | "number" | "boolean" | "array" | "string?" | "array?";

/** One JSON object a line. Empty lines are skipped, fields that `fields` does not name are kept. */
export async function readJsonLines<T>(file: string, fields: Record<keyof T & string, FieldKind>): Promise<T[]> {
  const records: T[] = [];
  for (const [index, line] of (await readText(file)).split("\n").entries()) {
    if (line.trim() !== "") records.push(parseRecord(line, fields, `${file}:${index + 1}`) as T);
  }
  return records;
}

function parseRecord(line: string, fields: Record<string, FieldKind>, place: string): object {
  const record = parseJson(line, place);
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw new FormatError(`${place}: expected an object, found ${line.slice(0, 40)}`, { hint: "every line is one JSON object" });
  }
  for (const [field, kind] of Object.entries(fields)) {
    const value = (record as Record<string, unknown>)[field];
    const expected = kind.replace("?", "");
    if (value === undefined && kind.endsWith("?")) continue;
    const found = Array.isArray(value) ? "array" : typeof value;
    if (found === expected) continue;
    throw new FormatError(`${place}: field "${field}" should be a ${expected}, but is ${value === undefined ? "missing" : `a ${found}`}`, {
      hint: `compare with the lines around it; a record has the fields ${Object.keys(fields).join(", ")}`,
    });
  }
  return record;
}

/** A whole JSON file. */
export async function readJson(file: string): Promise<unknown> {
  return parseJson(await readText(file), file);
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FormatError(`${place}: ${(cause as Error).message}`, {
      hint: "it is no valid JSON; was the file cut short or edited?",
      cause,
    });
  }
}

/** UTF-8 text without a byte-order mark, with line feeds. */
export async function readText(file: string): Promise<string> {
  return (await readFile(file, "utf8")).replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}

/** A CSV file with a header line, as a DataFrame. */
export async function readCsv(file: string): Promise<DataFrame> {
  const { default: danfo } = await import("danfojs-node");
  return (await danfo.readCSV(file)) as DataFrame;
}

/** Records as a DataFrame, one column a field of the first record; lists become text, absent values NaN. */
export async function toDataFrame(records: readonly object[]): Promise<DataFrame> {
  const { default: danfo } = await import("danfojs-node");
  const columns = Object.keys(records[0] ?? {});
  const cell = (value: unknown): unknown => (Array.isArray(value) ? value.map((item) => plain(item)).join(", ") : (value ?? Number.NaN));
  return new danfo.DataFrame(records.map((record) => columns.map((column) => cell((record as Record<string, unknown>)[column]))) as never, {
    columns,
  });
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
