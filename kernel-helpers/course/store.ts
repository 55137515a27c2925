/** What outlives a notebook: files in the user's cache folder. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../runtime/cache-folder.ts";
import { argumentError, checkText } from "../runtime/check.ts";

/** The file of that name, checked to stay inside its folder. */
export function fileIn(folder: string, name: string, ending = ""): string {
  const hint = "use letters, digits, dots, dashes and underscores";
  if (!/^[\w-][\w.-]*$/.test(checkText("name", name, { hint }))) throw argumentError("name", "a file name", name, { hint });
  return path.join(cacheFolder(), folder, `${name}${ending}`);
}

export function readIfThere(file: string): Uint8Array | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

export function filesIn(folder: string): string[] {
  const place = path.join(cacheFolder(), folder);
  return existsSync(place) ? readdirSync(place) : [];
}
