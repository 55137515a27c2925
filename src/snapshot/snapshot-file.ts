/** Outputs that were accepted, in a file beside the notebook: masked, with a line of its own for each line of text, so that reviews show what changes. */
import { readFile } from "node:fs/promises";
import type { Picture, Shown } from "../compare/index.ts";
import { InputError } from "../errors.ts";
import { replaceFile } from "../runtime/files.ts";

export interface SnapshotCell {
  /** The cell's id, where the notebook gives its cells one. */
  id?: string;
  /** The first line of its code. */
  code: string;
  outputs: Shown[];
}

const version = 1;

export const snapshotPath = (notebook: string): string => notebook.replace(/\.ipynb$/, ".snapshot.json");

interface StoredOutput {
  type: string;
  text?: string[];
  picture?: Picture;
}

interface StoredFile {
  cairnSnapshot: number;
  cells: { id?: string; code: string; outputs: StoredOutput[] }[];
}

/** Undefined where there is none. @throws {InputError} The file cannot be read, or is not one of ours. */
export async function readSnapshot(path: string): Promise<SnapshotCell[] | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new InputError(`cannot read ${path}: ${String(error)}`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    const { cairnSnapshot, cells } = JSON.parse(text) as StoredFile;
    if (cairnSnapshot !== version) throw new Error(`it is of version ${String(cairnSnapshot)}`);
    return cells.map(({ id, code, outputs }) => ({ ...(id === undefined ? {} : { id }), code, outputs: outputs.map(fromStored) }));
  } catch (error) {
    throw new InputError(`${path} is not a snapshot of outputs: ${(error as Error).message}`, {
      hint: "cairn test --update writes it anew, once it is deleted",
      facts: { file: path },
      cause: error,
    });
  }
}

function fromStored({ type, text, picture }: StoredOutput): Shown {
  return picture ? { type, picture } : { type, text: text!.join("\n") };
}

/** Cells that show nothing are left out. */
export async function writeSnapshot(path: string, cells: readonly SnapshotCell[]): Promise<void> {
  const stored: StoredFile = {
    cairnSnapshot: version,
    cells: cells
      .filter(({ outputs }) => outputs.length > 0)
      .map(({ id, code, outputs }) => ({
        ...(id === undefined ? {} : { id }),
        code,
        outputs: outputs.map(({ type, text, picture }) => (picture ? { type, picture } : { type, text: text!.split("\n") })),
      })),
  };
  await replaceFile(path, `${JSON.stringify(stored, null, 1)}\n`);
}
