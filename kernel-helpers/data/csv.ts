/** CSV as RFC 4180 has it, read by PapaParse with danfojs' settings. What danfojs would guess at (short rows, open quotes) is an error here. */
import Papa, { type ParseStepResult } from "papaparse";
import type { DataFrame } from "danfojs-node";
import { FormatError } from "../errors.ts";
import { checkChoice, checkOptions } from "../runtime/check.ts";
import { isTaken, takenHint } from "./frame-columns.ts";
import { readText } from "./read.ts";

const delimiters = [",", ";", "\t", "|"] as const;

export interface CsvOptions {
  /** What separates fields. @default "," */
  delimiter?: (typeof delimiters)[number];
}

/**
 * A CSV file with a header line, as a DataFrame: numbers and true/false are read as such, empty lines are skipped.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} It is not UTF-8, is empty, names a column twice, has another delimiter, a row with more or fewer fields than the header,
 * or a quote that is not closed. Facts: file, line.
 */
export async function readCsv(file: string, options: CsvOptions = {}): Promise<DataFrame> {
  checkOptions("options", options, ["delimiter"]);
  const settings = { delimiter: checkChoice("delimiter", options.delimiter ?? ",", delimiters), newline: "\n" } as const;
  const text = await readText(file);
  const [header] = Papa.parse<string[]>(text, { ...settings, preview: 1 }).data;
  const columns = checkHeader(file, text.trim() === "" ? [] : (header ?? []));
  const rows: unknown[][] = [];
  let [line, start] = [1, 0]; // of the row
  let isHeader = true;
  Papa.parse<unknown[]>(text, {
    ...settings,
    dynamicTyping: true,
    step: ({ data: row, errors, meta: { cursor } }: ParseStepResult<unknown[]>) => {
      checkRow(file, line, row, errors, columns);
      if (!isHeader && !isEmpty(row)) rows.push(row);
      for (; start < cursor; start++) if (text[start] === "\n") line++;
      isHeader = false;
    },
  });
  const { default: danfo } = await import("danfojs-node");
  return new danfo.DataFrame(rows as never, { columns });
}

function checkHeader(file: string, header: readonly string[]): string[] {
  if (header.length === 0) throw wrong(file, 1, "it is empty", "the first line names the columns");
  if (header.some((column) => column.includes("\r"))) {
    throw wrong(
      file,
      1,
      "its lines end with carriage returns alone",
      'save it with line feeds, or write text.replaceAll("\\r", "\\n") to it',
    );
  }
  const other = header.length === 1 ? delimiters.find((delimiter) => header[0]!.includes(delimiter)) : undefined;
  if (other !== undefined) {
    const shown = JSON.stringify(other);
    throw wrong(file, 1, `the fields seem to be separated by ${shown}`, `readCsv(file, { delimiter: ${shown} }) reads them`, {
      delimiter: other,
    });
  }
  const twice = header.find((column, index) => header.indexOf(column) !== index);
  if (twice === undefined) {
    const taken = header.find(isTaken);
    if (taken === undefined) return [...header];
    throw wrong(file, 1, `a DataFrame cannot have a column named "${taken}": it would hide its own ${taken}`, takenHint, { column: taken });
  }
  throw wrong(file, 1, `the column ${JSON.stringify(twice)} appears twice in the header`, "give each column a name of its own", {
    column: twice,
  });
}

function checkRow(
  file: string,
  line: number,
  row: readonly unknown[],
  errors: readonly { type: string }[],
  columns: readonly string[],
): void {
  if (errors.some(({ type }) => type === "Quotes")) {
    throw wrong(file, line, "a quote is not closed", 'a field in quotes ends with "; a quote within it is written as ""');
  }
  if (row.length === columns.length || isEmpty(row)) return;
  const [expected, found] = [columns.length, row.length];
  const hint = 'put a field with commas in it into quotes: "a, b"';
  throw wrong(file, line, `expected ${expected} ${expected === 1 ? "field" : "fields"}, found ${found}`, hint, { expected, found });
}

const isEmpty = (row: readonly unknown[]): boolean =>
  row.every((cell) => cell === null || (typeof cell === "string" && cell.trim() === ""));

function wrong(file: string, line: number, what: string, hint: string, facts: Record<string, unknown> = {}): FormatError {
  return new FormatError(`${file}:${line}: ${what}`, { hint, facts: { file, line, ...facts } });
}
