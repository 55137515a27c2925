/** What outlives a notebook: files in the user's cache folder. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
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

export function readIfThere(file: string): Uint8Array | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

export function filesIn(folder: string): string[] {
  const place = cacheFolder(folder);
  return existsSync(place) ? readdirSync(place) : [];
}
