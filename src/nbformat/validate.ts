/**
 * The official JSON schemas (schemas/, from the Python package nbformat, BSD licence) and messages that name the cell. Written in JSON
 * Schema draft 4, of which they use only what later drafts kept. Their `oneOf` says no more than "matches none", so a cell or an output
 * is checked again against the one definition its type names.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { NotebookFormatError } from "./errors.ts";

export const latestMinor = 5;

type Fields = Record<string, unknown>;

const compiled = new Map<number, (definition?: string) => ValidateFunction>();

/** A newer minor may add fields: they are let through, as Jupyter does, and the rest is checked by the newest schema known. */
function schemaFor(minor: number): (definition?: string) => ValidateFunction {
  const known = compiled.get(minor);
  if (known) return known;
  const file = new URL(`./schemas/nbformat.v4.${Math.min(minor, latestMinor)}.schema.json`, import.meta.url);
  const schema = JSON.parse(readFileSync(file, "utf8"), (key, value: unknown) =>
    key === "additionalProperties" && minor > latestMinor && value === false ? true : value,
  ) as Fields;
  delete schema.$schema;
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true }).addSchema(schema, "notebook");
  const validator = (definition?: string): ValidateFunction =>
    ajv.getSchema(definition ? `notebook#/definitions/${definition}` : "notebook")!;
  compiled.set(minor, validator);
  return validator;
}

interface Problem {
  pointer: string;
  expected: string;
  found: unknown;
}

function describe(error: ErrorObject): string {
  if (error.keyword === "additionalProperties") return `must not have the field ${JSON.stringify(error.params.additionalProperty)}`;
  if (error.keyword === "required") return `must have the field ${JSON.stringify(error.params.missingProperty)}`;
  if (error.keyword === "type") return `must be ${String(error.params.type).replace(",", " or ")}`;
  if (error.keyword === "enum")
    return `must be ${(error.params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(" or ")}`;
  return error.message!;
}

/** The deepest mistake says most; several about one place are alternatives. */
function problemOf(check: ValidateFunction, value: unknown, base: string): Problem | undefined {
  if (check(value)) return undefined;
  const telling = check.errors!.filter((error) => error.keyword !== "oneOf" && error.keyword !== "anyOf");
  const depth = (error: ErrorObject): number => error.instancePath.split("/").length;
  const deepest = telling.reduce((best, error) => (depth(error) > depth(best) ? error : best), telling[0]!);
  const same = telling.filter((error) => error.instancePath === deepest.instancePath && error.keyword === deepest.keyword);
  const expected = [...new Set(same.map(describe))].reduce((all, one) => `${all} or ${one.replace(/^must be /, "")}`);
  return { pointer: base + deepest.instancePath, expected, found: deepest.data };
}

function problemByType(
  schema: (definition: string) => ValidateFunction,
  value: unknown,
  base: string,
  field: string,
  types: Fields,
): Problem | undefined {
  const type = typeof value === "object" && value !== null ? (value as Fields)[field] : undefined;
  const definition = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : undefined;
  if (definition !== undefined) return problemOf(schema(definition as string), value, base);
  const names = Object.keys(types).map((name) => JSON.stringify(name));
  return { pointer: `${base}/${field}`, expected: `must be ${names.join(" or ")}`, found: type };
}

const cellTypes = { code: "code_cell", markdown: "markdown_cell", raw: "raw_cell" };
const outputTypes = { stream: "stream", display_data: "display_data", execute_result: "execute_result", error: "error" };

function* problems(schema: (definition?: string) => ValidateFunction, notebook: Fields): Generator<Problem | undefined> {
  const cells = Array.isArray(notebook.cells) ? (notebook.cells as Fields[]) : [];
  for (const [index, cell] of cells.entries()) {
    const outputs = cell?.cell_type === "code" && Array.isArray(cell.outputs) ? cell.outputs : [];
    for (const [position, output] of outputs.entries()) {
      yield problemByType(schema, output, `/cells/${index}/outputs/${position}`, "output_type", outputTypes);
    }
    yield problemByType(schema, cell, `/cells/${index}`, "cell_type", cellTypes);
  }
  yield problemOf(schema(), notebook, "");
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** @throws {NotebookFormatError} naming the first mistake: JSON pointer, number of the cell, what was expected, what is there. */
export function validate(notebook: Fields & { nbformat_minor: number }, name: string): void {
  const schema = schemaFor(notebook.nbformat_minor);
  const isValid: boolean = schema()(notebook);
  if (isValid) return;
  for (const problem of problems(schema, notebook)) {
    if (!problem) continue;
    const cell = /^\/cells\/(\d+)/.exec(problem.pointer)?.[1];
    const place = cell === undefined ? problem.pointer || "the document" : `${problem.pointer} (cell ${Number(cell) + 1})`;
    const found = /^must (not )?have/.test(problem.expected) ? "" : `, found ${show(problem.found)}`;
    throw new NotebookFormatError(`${name} breaks the format nbformat 4.${notebook.nbformat_minor}: ${place} ${problem.expected}${found}`, {
      facts: { file: name, pointer: problem.pointer, expected: problem.expected, value: problem.found },
    });
  }
}
