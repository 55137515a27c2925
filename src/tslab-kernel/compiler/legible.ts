/** What the compiler says, in the names that the reader knows. */
import { type Documents, former } from "./documents.ts";
import { readable } from "./homes.ts";

/** The file of the text that completion and help are asked about. */
export const draftName = "cairn-draft";

const cellFile = /(["'])(?:(?!\1).)*?(cairn-cell-\d+|cairn-draft)(?:\.ts)?\1/g;

/** A cell is `cell[3]` and no file, and a name of the notebook stays one though several cells declare it. */
export function legible(text: string, documents: Documents): string {
  return readable(text)
    .replace(cellFile, (_, quote: string, file: string) => `${quote}${nameOf(file, documents)}${quote}`)
    .replaceAll("cairn:cell[", "cell[")
    .replaceAll(former(""), "");
}

function nameOf(file: string, documents: Documents): string {
  if (file === draftName) return "this cell";
  return documents.cells.find(({ fileName }) => fileName.endsWith(`${file}.ts`))?.name ?? "an earlier cell";
}
