/** File text → notebook in memory, or an error that says where the file is broken and what to do. */
import { NotebookFormatError } from "./errors.ts";
import { withIds } from "./ids.ts";
import { derive, JsonSyntaxError, parseJson } from "./json.ts";
import { joinLines } from "./lines.ts";
import { complete, isFields } from "./shape.ts";
import type { Notebook } from "./types.ts";
import { upgrade } from "./upgrade.ts";

type Fields = Record<string, unknown>;

function parseDocument(text: string, name: string): unknown {
  try {
    return parseJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof RangeError)
      throw new NotebookFormatError(`${name} is nested too deeply to be a notebook`, { facts: { file: name }, cause: error });
    if (!(error instanceof JsonSyntaxError)) throw error;
    const conflict = text.split("\n").findIndex((line) => /^(<{7}|={7}|>{7})( |\r?$)/.test(line));
    if (conflict >= 0) {
      throw new NotebookFormatError(`${name} has unresolved merge conflicts, the first in line ${conflict + 1}`, {
        hint: "resolve them first; nbdime (git mergetool --tool nbdime) understands notebooks",
        facts: { file: name, line: conflict + 1 },
        cause: error,
      });
    }
    const { line, column } = error;
    throw new NotebookFormatError(`${name} is not JSON: line ${line}, column ${column}: ${error.message}`, {
      facts: { file: name, line, column },
      cause: error,
    });
  }
}

/** The document as nbformat 4. */
function inFormat4(document: unknown, name: string): Fields & { nbformat_minor: number } {
  if (!isFields(document)) throw new NotebookFormatError(`${name} is not a notebook: it holds no JSON object`, { facts: { file: name } });
  const { nbformat, nbformat_minor: minor } = document;
  if (!Number.isInteger(nbformat))
    throw new NotebookFormatError(`${name} is not a notebook: it has no integer "nbformat"`, { facts: { file: name, nbformat } });
  if (nbformat === 2 || nbformat === 3) return upgrade(document) as Fields & { nbformat_minor: number };
  if ((nbformat as number) < 4) {
    throw new NotebookFormatError(`${name} is in the old format nbformat ${String(nbformat)}; Cairn reads nbformat 2 to 4`, {
      hint: `convert it: jupyter nbconvert --to notebook --inplace ${name}`,
      facts: { file: name, nbformat },
    });
  }
  if ((nbformat as number) > 4) {
    throw new NotebookFormatError(
      `${name} is in the format nbformat ${String(nbformat)}, which is newer than Cairn; Cairn reads nbformat 2 to 4`,
      {
        hint: "save it as nbformat 4 with the program that made it",
        facts: { file: name, nbformat },
      },
    );
  }
  if (!Number.isInteger(minor) || (minor as number) < 0) {
    throw new NotebookFormatError(`${name} is not a notebook: it has no integer "nbformat_minor"`, { facts: { file: name, minor } });
  }
  return document as Fields & { nbformat_minor: number };
}

/** @throws {NotebookFormatError} */
export function parseNotebook(text: string, name: string): Notebook {
  const document = complete(inFormat4(parseDocument(text, name), name), name);
  const cells = document.cells as Fields[];
  return joinLines((document.nbformat_minor >= 5 ? derive(document, { cells: withIds(cells) }) : document) as unknown as Notebook);
}
