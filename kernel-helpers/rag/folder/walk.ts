/** The documents of a folder: without what version control ignores, what programs hide, and what cannot be read as text. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import ignore, { type Ignore } from "ignore";
import { unreadable } from "../../runtime/files.ts";
import { kindOf, type DocumentKind } from "../loaders/load.ts";

export interface FolderFile {
  /** Relative to the folder, with / between its parts. */
  path: string;
  kind: DocumentKind;
  bytes: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** Folders that hold no documents of one's own, whatever the ignore files say. Names that begin with a dot are left out as well. */
const never = new Set(["node_modules", "__pycache__", "venv", "dist", "build", "target", "vendor", "bower_components"]);
const ignoreFiles = [".gitignore", ".cairnignore"];

/** What a folder's ignore files say, for paths relative to it. */
interface Rules {
  folder: string;
  rules: Ignore;
}

/**
 * In the order of their paths. Links are not followed.
 *
 * @throws {UnavailableError} The folder does not exist, or cannot be read.
 */
export async function walk(root: string, signal?: AbortSignal): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  await visit("", []);
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));

  async function visit(folder: string, above: readonly Rules[]): Promise<void> {
    signal?.throwIfAborted();
    const here = path.join(root, folder);
    let entries;
    try {
      entries = await readdir(here, { withFileTypes: true });
    } catch (cause) {
      if (folder !== "") return; // one folder that may not be read does not keep the others from it
      throw unreadable(here, cause);
    }
    const rules = [...above];
    for (const name of ignoreFiles) {
      if (!entries.some((entry) => entry.name === name && entry.isFile())) continue;
      rules.push({ folder, rules: ignore().add(await readFile(path.join(here, name), "utf8")) });
    }
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const at = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!never.has(entry.name) && !isIgnored(`${at}/`, rules)) await visit(at, rules);
        continue;
      }
      const kind = kindOf(entry.name);
      if (!entry.isFile() || kind === undefined || isIgnored(at, rules)) continue;
      const { size, mtimeMs } = await stat(path.join(root, at));
      files.push({ path: at, kind, bytes: size, modified: mtimeMs });
    }
  }
}

/** The rules nearest to a file decide, as in git. */
function isIgnored(at: string, rules: readonly Rules[]): boolean {
  for (const { folder, rules: own } of rules.toReversed()) {
    const { ignored, unignored } = own.test(folder === "" ? at : at.slice(folder.length + 1));
    if (ignored || unignored) return ignored;
  }
  return false;
}
