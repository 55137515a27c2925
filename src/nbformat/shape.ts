/**
 * What a file must be for it to be a notebook in memory: the fields that are read have their types. Like Jupyter's own programs, this is
 * more lenient than the schema of nbformat. Fields that are unknown, or known only elsewhere (outputs of a Markdown cell, ids before 4.5,
 * `transient`), stay as they are; those that are missing and have one meaning are added, so that what is written is valid there.
 */
import { NotebookFormatError } from "./errors.ts";
import { derive } from "./json.ts";

type Fields = Record<string, unknown>;

class Misshape extends Error {
  readonly pointer: string;
  readonly expected: string;
  readonly found: unknown;

  constructor(pointer: string, expected: string, found: unknown) {
    super(expected);
    [this.pointer, this.expected, this.found] = [pointer, expected, found];
  }
}

/** Says whether a value is of the kind that it is named after. */
interface Kind {
  name: string;
  has: (value: unknown) => boolean;
}

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");

const object: Kind = { name: "object", has: isFields };
const list: Kind = { name: "array", has: Array.isArray };
const string: Kind = { name: "string", has: (value) => typeof value === "string" };
const strings: Kind = { name: "array of strings", has: isStrings };
const text: Kind = { name: "string or array of strings", has: (value) => typeof value === "string" || isStrings(value) };
const count: Kind = { name: "integer or null", has: (value) => value === null || Number.isInteger(value) };
const optionalString: Kind = { name: "string", has: (value) => value === undefined || value === null || typeof value === "string" };
const tags: Kind = { name: "array of strings", has: (value) => value === undefined || value === null || isStrings(value) };

/** Adds what is missing, where there is something to add, and checks what is there. @returns The fields, changed only if it has to be. */
function check(fields: Fields, pointer: string, kinds: Record<string, Kind>, defaults: Fields = {}): Fields {
  const missing = Object.entries(defaults).filter(([name]) => fields[name] === undefined);
  const whole = missing.length === 0 ? fields : derive(fields, Object.fromEntries(missing));
  for (const [name, kind] of Object.entries(kinds)) {
    if (!(name in whole)) throw new Misshape(pointer, `must have the field ${JSON.stringify(name)}`, undefined);
    if (!kind.has(whole[name])) throw new Misshape(`${pointer}/${name}`, `must be ${kind.name}`, whole[name]);
  }
  return whole;
}

function byType<T>(value: unknown, pointer: string, field: string, types: Record<string, T>): [Fields, T] {
  const type = isFields(value) ? value[field] : undefined;
  if (typeof type === "string" && Object.hasOwn(types, type)) return [value as Fields, types[type]!];
  const names = Object.keys(types).map((name) => JSON.stringify(name));
  throw new Misshape(`${pointer}/${field}`, `must be ${names.join(" or ")}`, type);
}

const outputTypes: Record<string, [kinds: Record<string, Kind>, defaults: Fields]> = {
  stream: [{ text, name: string }, { name: "stdout" }],
  display_data: [{ data: object, metadata: object }, { metadata: {} }],
  execute_result: [
    { data: object, metadata: object, execution_count: count },
    { metadata: {}, execution_count: null },
  ],
  error: [
    { ename: string, evalue: string, traceback: strings },
    { ename: "Error", evalue: "", traceback: [] },
  ],
};

/** Maps a list, and returns the same one when nothing has changed: numbers in it keep their spelling. */
function mapList(values: readonly unknown[], change: (value: unknown, index: number) => unknown): readonly unknown[] {
  const changed = values.map(change);
  return changed.every((value, index) => value === values[index]) ? values : changed;
}

function checkOutput(value: unknown, pointer: string): Fields {
  const [output, [kinds, defaults]] = byType(value, pointer, "output_type", outputTypes);
  return check(output, pointer, kinds, defaults);
}

function checkCode(cell: Fields, pointer: string): Fields {
  const whole = check(cell, pointer, { outputs: list, execution_count: count }, { outputs: [], execution_count: null });
  const outputs = mapList(whole.outputs as unknown[], (output, index) => checkOutput(output, `${pointer}/outputs/${index}`));
  return outputs === whole.outputs ? whole : derive(whole, { outputs });
}

const same = (cell: Fields): Fields => cell;
const cellTypes = { code: checkCode, markdown: same, raw: same };

function checkCell(value: unknown, pointer: string): Fields {
  const [cell, more] = byType(value, pointer, "cell_type", cellTypes);
  const whole = check(cell, pointer, { source: text, metadata: object }, { metadata: {} });
  const { metadata } = whole as { metadata: Fields };
  if (!tags.has(metadata.tags)) throw new Misshape(`${pointer}/metadata/tags`, `must be ${tags.name}`, metadata.tags);
  return more(whole, pointer);
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? "nothing";
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}

/** What says which kernel and which language, where it is there. */
const names: readonly (readonly [string, string])[] = [
  ["kernelspec", "name"],
  ["kernelspec", "language"],
  ["language_info", "name"],
];

function checkNames(metadata: Fields): void {
  for (const [part, field] of names) {
    const value = isFields(metadata[part]) ? metadata[part][field] : undefined;
    if (!optionalString.has(value)) throw new Misshape(`/metadata/${part}/${field}`, `must be ${optionalString.name}`, value);
  }
}

/** @throws {NotebookFormatError} naming the first mistake: JSON pointer, number of the cell, what was expected, what is there. */
export function complete<T extends Fields & { nbformat_minor: number }>(document: T, file: string): T {
  try {
    const whole = check(document, "", { cells: list, metadata: object }, { metadata: {} });
    checkNames(whole.metadata as Fields);
    const cells = mapList(whole.cells as unknown[], (cell, index) => checkCell(cell, `/cells/${index}`));
    return (cells === whole.cells ? whole : derive(whole, { cells })) as T;
  } catch (error) {
    if (!(error instanceof Misshape)) throw error;
    const { pointer, expected, found } = error;
    const cell = /^\/cells\/(\d+)/.exec(pointer)?.[1];
    const place = cell === undefined ? pointer || "the document" : `${pointer} (cell ${Number(cell) + 1})`;
    const shown = expected.startsWith("must have") ? "" : `, found ${show(found)}`;
    throw new NotebookFormatError(`${file} breaks the format nbformat 4.${document.nbformat_minor}: ${place} ${expected}${shown}`, {
      facts: { file, pointer, expected, value: found },
    });
  }
}
