/** What the compiler has against a cell, in words that say what to do. */
import { isBuiltinFile } from "../builtins.ts";
import type { Cell, Documents } from "../documents.ts";
import { habit } from "./habits.ts";
import { hints } from "./hints.ts";
import type { ImportableNames } from "./importable.ts";
import { legible } from "./legible.ts";
import type { LostNames } from "./lost-names.ts";
import { placeOf } from "./places.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface Complaint {
  /** The compiler's; nothing where it is not TypeScript at all. */
  code: number | undefined;
  message: string;
  /** The file; nothing for the cell itself. */
  file: string | undefined;
  /** From 1. */
  line: number;
  column: number;
  /** How many characters of the line it is about. */
  length: number;
  /** What the compiler adds, such as where a name was declared; and what we add. */
  notes: string[];
}

export interface Surroundings {
  program: TypeScript.Program;
  documents: Documents;
  importable: ImportableNames;
  lost: LostNames;
  /** The notebook's. */
  folder: string;
}

export function complaints(diagnostics: readonly TypeScript.Diagnostic[], cell: Cell, around: Surroundings): Complaint[] {
  const first = diagnostics[0] && placeOf(diagnostics[0], cell, around.documents);
  const foreign = first && first.name === cell.name ? habit(cell.code, first.line) : undefined;
  return foreign
    ? [{ code: undefined, file: undefined, ...foreign }]
    : diagnostics.map((diagnostic) => complaint(diagnostic, cell, around));
}

function complaint(diagnostic: TypeScript.Diagnostic, cell: Cell, around: Surroundings): Complaint {
  const { length = 1, code, relatedInformation = [] } = diagnostic;
  const { name, line, column } = placeOf(diagnostic, cell, around.documents);
  const isHere = (more: TypeScript.DiagnosticRelatedInformation): boolean =>
    more.file === diagnostic.file && more.start === diagnostic.start;
  const related = relatedInformation.map((more) => `${messageOf(more, cell, around)}${isHere(more) ? "" : elsewhere(more, cell, around)}`);
  return {
    code,
    message: messageOf(diagnostic, cell, around),
    file: name === cell.name ? undefined : name,
    line,
    column,
    length,
    notes: [...related, ...hints(diagnostic, cell, around)],
  };
}

/** "Try changing the 'lib' compiler option", "install type definitions for jQuery": no help in a notebook. */
const withAdviceForProjects = new Set([2550, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593, 2867, 2868]);

function messageOf({ messageText, code }: TypeScript.DiagnosticRelatedInformation, cell: Cell, { documents }: Surroundings): string {
  const message = legible(ts.flattenDiagnosticMessageText(messageText, "\n"), documents, cell);
  return withAdviceForProjects.has(code) ? message.replace(/(?<=^[^.]*\.) Do you need to .*$/s, "") : message;
}

/** A place in a package is found there, whatever the path to it; what the kernel itself declares has none. */
function elsewhere(more: TypeScript.DiagnosticRelatedInformation, cell: Cell, { documents }: Surroundings): string {
  if (!more.file || isBuiltinFile(more.file.fileName)) return "";
  const { name, line, column } = placeOf(more, cell, documents);
  return ` (${name.replace(/^.*[\\/]node_modules[\\/]/, "")}:${line}:${column})`;
}
