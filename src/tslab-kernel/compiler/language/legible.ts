/** What the compiler says, in the names that the reader knows. */
import { dirname } from "node:path";
import { type Cell, type Documents, former } from "../documents.ts";

/** The file of the text that completion and help are asked about. */
export const draftName = "cairn-draft";

const cellFile = /(["'])(?:(?!\1).)*?(cairn-cell-\d+|cairn-draft)(?:\.ts)?\1/g;
const suffix = former("").replace("$", "\\$");
const formerName = new RegExp(
  `(?:import\\("(?:cell\\[\\d+\\])"\\)\\.)?([\\p{ID_Start}_$][\\p{ID_Continue}$]*?)${suffix}(?![\\p{ID_Continue}$])`,
  "gu",
);

/**
 * A cell is `cell[3]` and no file. A name that a later cell has taken is told apart from that cell's.
 *
 * @param refused A cell that is spoken of though it is not among the documents.
 */
export function legible(text: string, documents: Documents, refused?: Cell): string {
  return withoutFolder(text, documents)
    .replace(cellFile, (_, quote: string, file: string) => `${quote}${cellName(file, documents, refused)}${quote}`)
    .replaceAll("cairn:cell[", "cell[")
    .replace(formerName, (_, name: string) => lostName(name, documents));
}

/** The folder's own name may have quotes in it. */
function withoutFolder(text: string, { cells: [cell] }: Documents): string {
  return cell ? text.replaceAll(`${dirname(cell.fileName).replaceAll("\\", "/")}/cairn-`, "cairn-") : text;
}

function cellName(file: string, { cells }: Documents, refused: Cell | undefined): string {
  if (file === draftName) return "this cell";
  return [...cells, ...(refused ? [refused] : [])].find(({ fileName }) => fileName.endsWith(`${file}.ts`))?.name ?? "an earlier cell";
}

function lostName(name: string, { cells, owners }: Documents): string {
  const [first, ...others] = cells.filter((cell) => cell.declared.has(name) && owners.get(name) !== cell);
  return first && others.length === 0 ? `${name} of ${first.name}` : `an earlier ${name}`;
}
