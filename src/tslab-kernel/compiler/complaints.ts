/** What the compiler has against a cell, in words that say what to do. */
import type { Cell } from "./documents.ts";
import type { CellService } from "./service.ts";
import { ts, type TypeScript } from "./typescript.ts";

export interface Complaint {
  code: number;
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
  service: CellService;
}

export function complaints(diagnostics: readonly TypeScript.Diagnostic[], cell: Cell, around: Surroundings): Complaint[] {
  return diagnostics.map((diagnostic) => {
    const { file, start = 0, length = 1, messageText, code, relatedInformation = [] } = diagnostic;
    const place = file ? ts.getLineAndCharacterOfPosition(file, start) : { line: 0, character: 0 };
    const own = !file || file.fileName === cell.fileName;
    return {
      code,
      message: ts.flattenDiagnosticMessageText(messageText, "\n"),
      file: own ? undefined : file.fileName,
      line: place.line + 1,
      column: place.character + 1,
      length,
      notes: [
        ...relatedInformation.map(({ messageText: text }) => ts.flattenDiagnosticMessageText(text, "\n")),
        ...hints(diagnostic, cell, around),
      ],
    };
  });
}

function hints(_diagnostic: TypeScript.Diagnostic, _cell: Cell, _around: Surroundings): string[] {
  return [];
}
