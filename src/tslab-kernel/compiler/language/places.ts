/** Where something is that the compiler speaks of, as its reader sees it. */
import { type Cell, type Documents, former } from "../documents.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface ReadersPlace {
  /** `cell[3]`, or the path of a file. */
  name: string;
  /** From 1. */
  line: number;
  column: number;
}

export function placeOf(
  { file, start = 0 }: Pick<TypeScript.DiagnosticRelatedInformation, "file" | "start">,
  own: Cell,
  documents: Documents,
): ReadersPlace {
  if (!file) return { name: own.name, line: 1, column: 1 };
  const cell = file.fileName === own.fileName ? own : documents.cells.find(({ fileName }) => fileName === file.fileName);
  const { line, character } = ts.getLineAndCharacterOfPosition(file, start);
  const lineStart = start - character;
  // Names that the cell has lost to a later one are longer in its document than in its text.
  const added = cell && cell !== own ? file.text.slice(lineStart, start).split(former("")).length - 1 : 0;
  return { name: cell?.name ?? file.fileName, line: line + 1, column: character + 1 - added * former("").length };
}
