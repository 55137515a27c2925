/** Notebooks on disk. */
import { readFile } from "node:fs/promises";
import { InputError } from "../errors.ts";
import { replaceFile } from "../runtime/files.ts";
import { NotebookFormatError } from "./errors.ts";
import { formatNotebook } from "./format.ts";
import { parseNotebook } from "./parse.ts";
import type { Notebook } from "./types.ts";

const reasons: Record<string, string> = { ENOENT: "there is no such file", EISDIR: "it is a folder", EACCES: "permission denied" };

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

/** @throws {InputError} the file cannot be read. @throws {NotebookFormatError} it is not a valid notebook. */
export async function readNotebook(path: string): Promise<Notebook> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new InputError(`cannot read ${path}: ${reasons[codeOf(error)] ?? String(error)}`, { cause: error });
  });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new NotebookFormatError(`${path} is not UTF-8 text`, { cause: error });
  }
  return parseNotebook(text, path);
}

export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await replaceFile(path, formatNotebook(notebook));
}
