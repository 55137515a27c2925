/** Notebooks on disk. Writing is atomic: a reader, or a crash half-way, sees the old file or the new one. */
import { randomUUID } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.ts";
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

async function existing(path: string): Promise<{ target: string; mode: number | undefined }> {
  try {
    const target = await realpath(path); // a symbolic link stays one
    return { target, mode: (await stat(target)).mode };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return { target: path, mode: undefined };
  }
}

export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  const text = formatNotebook(notebook);
  const { target, mode } = await existing(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}`);
  try {
    await using file = await open(temporary, "wx");
    if (mode !== undefined) await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rename(temporary, target).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}
