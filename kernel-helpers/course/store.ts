/** What outlives a notebook: files in the user's cache folder, each written whole or not at all. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import envPaths from "env-paths";
import { ArgumentError } from "../errors.ts";

/** A folder of Cairn's cache: under CAIRN_CACHE, else where the system keeps caches of a user. */
export function cacheFolder(name: string): string {
  return path.join(process.env["CAIRN_CACHE"] ?? envPaths("cairn", { suffix: "" }).cache, name);
}

/** The file of that name, checked to stay inside its folder. */
export function fileIn(folder: string, name: string): string {
  if (!/^[\w-][\w.-]*$/.test(name)) {
    throw new ArgumentError(`"${name}" is no file name`, { hint: "use letters, digits, dots, dashes and underscores" });
  }
  return path.join(cacheFolder(folder), name);
}

export function writeWhole(file: string, content: string | Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, file); // another notebook that reads meanwhile sees the old file or the new one
  } finally {
    rmSync(draft, { force: true });
  }
}

export function readIfThere(file: string): Uint8Array | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

export function filesIn(folder: string): string[] {
  const place = cacheFolder(folder);
  return existsSync(place) ? readdirSync(place) : [];
}
