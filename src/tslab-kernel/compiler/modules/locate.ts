/** Where Node finds what an import names: the address to import, or JSON to read. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { resolveFrom } from "../../resolve-from.ts";
import type { CellCompiler } from "../compiler.ts";
import type { LocalModule } from "./local-modules.ts";
import { installation, isBare } from "./modules.ts";

export type Location =
  | { url: string; /** Compiled for it, so that stacks can be shown in their lines. */ modules?: LocalModule[] }
  /** Path of a JSON file. */
  | { json: string };

/** @param from Path of the file that imports. @throws what Node says of a module that it does not find. */
export function locate({ service, modules }: CellCompiler, specifier: string, from: string): Location {
  if (specifier === "tslab") return { url: new URL("../../tslab-display.js", import.meta.url).href };
  const source = service.modules.source(specifier, from);
  if (source) {
    const written = modules.write(source);
    return { url: written[0]!.url, modules: written };
  }
  const file = service.modules.file(specifier, from);
  const url = file ? pathToFileURL(file).href : resolve(specifier, from);
  return url.startsWith("file:") && url.endsWith(".json") ? { json: fileURLToPath(url) } : { url };
}

/** From the notebook's folder on, and from this installation on for what is not there. */
export function resolve(specifier: string, from: string): string {
  try {
    return resolveFrom(specifier, from);
  } catch (error) {
    if (!isBare(specifier)) throw error;
    try {
      return resolveFrom(specifier, installation);
    } catch {
      throw error;
    }
  }
}
