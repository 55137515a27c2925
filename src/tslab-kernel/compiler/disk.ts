/**
 * The files that programs read, each read once: the language service compares what it is given by identity and by
 * version, so an unchanged file must be the same object for every program. Also which files and folders there are,
 * which module resolution asks thousands of times.
 */
import { isEdited } from "./modules/modules.ts";
import { stamp } from "./stamp.ts";
import { ts, type TypeScript } from "./typescript.ts";

export interface StoredFile {
  readonly text: string;
  readonly version: string;
  readonly snapshot: TypeScript.IScriptSnapshot;
}

export function storedFile(text: string, version: string): StoredFile {
  return { text, version, snapshot: ts.ScriptSnapshot.fromString(text) };
}

export class Disk {
  readonly #files = new Map<string, StoredFile | undefined>();
  readonly #isFile = new Map<string, boolean>();
  readonly #isFolder = new Map<string, boolean>();
  readonly #realPaths = new Map<string, string>();

  read(name: string): StoredFile | undefined {
    return remember(this.#files, name, () => {
      const version = stamp(name);
      const text = version === undefined ? undefined : ts.sys.readFile(name);
      return text === undefined ? undefined : storedFile(text, version!);
    });
  }

  isFile(name: string): boolean {
    return remember(this.#isFile, name, () => ts.sys.fileExists(name));
  }

  isFolder(name: string): boolean {
    return remember(this.#isFolder, name, () => ts.sys.directoryExists(name));
  }

  realPath(name: string): string {
    return remember(this.#realPaths, name, () => ts.sys.realpath!(name));
  }

  /** Looks again at what may have changed since the last cell: sources may have been edited, what was missing may be there. */
  refresh(): void {
    for (const [name, file] of this.#files) {
      const isStable = file !== undefined && !isEdited(name);
      if (!isStable && stamp(name) !== file?.version) this.#files.delete(name);
    }
    for (const [name, isThere] of this.#isFile) if (!isThere || isEdited(name)) this.#isFile.delete(name);
    for (const [name, isThere] of this.#isFolder) if (!isThere) this.#isFolder.delete(name);
  }
}

function remember<T>(known: Map<string, T>, name: string, find: () => T): T {
  const value = known.get(name);
  if (value !== undefined || known.has(name)) return value as T;
  const found = find();
  known.set(name, found);
  return found;
}
