/** What went wrong in a cell, as Jupyter's error message says it. */
import { inspect } from "node:util";
import type { Diagnostic } from "tslab/dist/converter.js";

export interface Failure {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** The lines around a place of the cell, the place marked. Line and column count from 1. */
function excerpt(code: string, line: number, column: number): string[] {
  const lines = code.split("\n");
  const from = Math.max(1, line - 2);
  const to = Math.min(lines.length, line + 2);
  const width = String(to).length;
  const shown: string[] = [];
  for (let number = from; number <= to; number++) {
    shown.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${lines[number - 1]}`);
    if (number === line) shown.push(`  ${" ".repeat(width)} | ${" ".repeat(column - 1)}^`);
  }
  return shown;
}

/** The compiler refused the cell. A place is the cell's own, or a file's that the cell imports. */
export function compileFailure(name: string, code: string, diagnostics: readonly Diagnostic[]): Failure {
  const traceback = diagnostics.flatMap(({ start, code: number, messageText, fileName }) => {
    const [line, column] = [start.line + 1, start.character + 1];
    const place = `${fileName ?? name}:${line}:${column} - error TS${number}: ${messageText}`;
    return fileName === undefined && line >= 1 ? [place, ...excerpt(code, line, column)] : [place];
  });
  const [first] = diagnostics;
  return { ename: "TypeScriptError", evalue: first ? `TS${first.code}: ${first.messageText}` : "", traceback };
}

/** What Node's vm puts before the stack of an error that leaves a script: emitted JavaScript with a mark beneath. */
const arrow = /^cell\[\d+\]:\d+\n.*\n *\^+\n\n?/;

/** The cell threw. `name` is how the cell is called in stack traces, which are mapped already. */
export function thrownFailure(name: string, code: string, error: unknown): Failure {
  if (!(error instanceof Error)) {
    const text = inspect(error);
    return { ename: "Thrown", evalue: text, traceback: [`Thrown: ${text}`] };
  }
  if ("code" in error && error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return interrupted();
  const lines = inspect(error).replace(arrow, "").split("\n");
  const place = lines.map((line) => line.match(/(cell\[\d+\]):(\d+):(\d+)/)).find((match) => match?.[1] === name);
  const where = place ? [place[0], ...excerpt(code, Number(place[2]), Number(place[3])), ""] : [];
  return { ename: error.name, evalue: error.message, traceback: [...where, ...lines] };
}

export function interrupted(): Failure {
  return { ename: "Interrupted", evalue: "the cell was interrupted", traceback: ["Interrupted: the cell was interrupted"] };
}
