/** What went wrong in a cell, as Jupyter's error message says it. */
import { types } from "node:util";
import { codeFrame } from "../runtime/code-frame.ts";
import { isFrame, titleLast } from "../runtime/traceback.ts";
import { bold, cyan, dim, red } from "./colours.ts";
import type { Complaint } from "./compiler/language/complaints.ts";
import { readable } from "./readable.ts";
import { safeInspect } from "./safe-inspect.ts";

export interface Failure {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** The source of a cell by the name that stacks have for it. */
export type Sources = ReadonlyMap<string, string>;

/** The compiler refused the cell. A place is the cell's own, or a file's that the cell imports. */
export function compileFailure(name: string, code: string, complaints: readonly Complaint[]): Failure {
  const traceback = complaints.flatMap(({ code: number, message, file, line, column, length, notes }) => [
    `${cyan(`${file ?? name}:${line}:${column}`)} - ${red("error")} ${number === undefined ? "" : dim(`TS${number}: `)}${message}`,
    ...(file === undefined ? codeFrame(code, { line, column, length }, { red, dim }) : []),
    ...notes.map((note) => `  ${note.replaceAll("\n", "\n  ")}`),
  ]);
  const [first] = complaints;
  const title = first?.code === undefined ? first?.message : `TS${first.code}: ${first.message}`;
  const evalue = first ? [title, ...first.notes].join("\n  ") : "";
  return { ename: "TypeScriptError", evalue, traceback: [...traceback, `${red("TypeScriptError")}: ${title ?? ""}`] };
}

/** The cell threw, and it may have thrown anything. `name` is how stacks call the cell. */
export function thrownFailure(name: string, sources: Sources, error: unknown): Failure {
  if (!isError(error)) {
    const text = readable(safeInspect(error));
    return { ename: "Thrown", evalue: text, traceback: [`${red("Thrown")}: ${text}`] };
  }
  const ename = textOf(error, "name", "Error");
  const evalue = readable(textOf(error, "message", ""));
  const lines = readable(isLibrarys(error) ? librarysOwn(error) : safeInspect(error)).split("\n");
  const shown = titleLast(lines, evalue === "" ? ename : `${ename}: ${evalue}`);
  return {
    ename,
    evalue,
    traceback: [...places(name, sources, lines), ...shown.map((item) => item.split("\n").map(colourLine).join("\n"))],
  };
}

export function interrupted(): Failure {
  const evalue = "the cell was interrupted";
  return { ename: "Interrupted", evalue, traceback: [`${red("Interrupted")}: ${evalue}`] };
}

/** Also from another realm; a Proxy may pose as one, and answer anything. */
function isError(value: unknown): value is Error {
  if (types.isProxy(value)) return false;
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** A name or message may be anything, or a getter that throws. */
function textOf(error: Error, key: "name" | "message" | "stack", otherwise: string): string {
  try {
    const value: unknown = error[key];
    return typeof value === "string" ? value : value === undefined ? otherwise : safeInspect(value);
  } catch {
    return otherwise;
  }
}

const librarysMarker = Symbol.for("kernel-helpers.error");
const isLibrarys = (error: Error): boolean => librarysMarker in error;

/** Message and hint once, and of the stack only the reader's own lines; what caused it, beneath. */
function librarysOwn(error: Error, depth = 0): string {
  const own = textOf(error, "stack", "").split("\n");
  const isReaders = (line: string): boolean => !/[\\/]dist[\\/]|node_modules|node:internal/.test(line);
  const text = own.filter((line) => !isFrame(line) || isReaders(line)).join("\n");
  const { cause } = error;
  if (cause === undefined || depth > 3) return text;
  const because = isError(cause)
    ? isLibrarys(cause)
      ? librarysOwn(cause, depth + 1)
      : `${textOf(cause, "name", "Error")}: ${textOf(cause, "message", "")}`
    : safeInspect(cause);
  return `${text}\n  caused by: ${because.replaceAll("\n", "\n  ")}`;
}

const place = /(cell\[[\d.]+\]):(\d+):(\d+)/;

/** Where it happened, with the source: in the cell that ran, and in the function of an earlier cell that it had called. */
function places(name: string, sources: Sources, lines: readonly string[]): string[] {
  const frames = lines.filter(isFrame).flatMap((line) => place.exec(line) ?? []);
  const found: [cell: string, line: string, column: string][] = [];
  for (let index = 0; index + 3 < frames.length; index += 4) found.push([frames[index + 1]!, frames[index + 2]!, frames[index + 3]!]);
  const own = found.find(([cell]) => cell === name);
  const inner = found[0]?.[0] === name ? undefined : found[0];
  return [own, inner].flatMap((at) => {
    const code = at && sources.get(at[0]);
    return code === undefined
      ? []
      : [cyan(at!.join(":")), ...codeFrame(code, { line: Number(at![1]), column: Number(at![2]) }, { red, dim }), ""];
  });
}

function colourLine(line: string, index: number): string {
  if (isFrame(line)) return dim(line);
  if (index === 0) return line.replace(/^[^\s:]+(?=:|$)/, (title) => red(title));
  return line.replace(/^(\s*)(hint|caused by):/, (_, space: string, word: string) => `${space}${bold(word)}:`);
}
