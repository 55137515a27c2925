/** Where Node finds what an import names: the address to import, or JSON to read. */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CellCompiler } from "./compiler.ts";
import type { LocalModule } from "./local-modules.ts";
import { installation, isBare } from "./modules.ts";

export type Location =
  | { url: string; /** Compiled for it, so that stacks can be shown in their lines. */ modules?: LocalModule[] }
  /** Path of a JSON file. */
  | { json: string };

/** @param from Path of the file that imports. @throws what Node says of a module that it does not find. */
export function locate({ service, modules }: CellCompiler, specifier: string, from: string): Location {
  if (specifier === "tslab") return { url: new URL("../tslab-display.js", import.meta.url).href };
  const source = service.modules.source(specifier, from);
  if (source) {
    const written = modules.write(source);
    return { url: written[0]!.url, modules: written };
  }
  const file = service.modules.file(specifier, from);
  const url = file ? pathToFileURL(file).href : resolve(specifier, from);
  return url.startsWith("file:") && url.endsWith(".json") ? { json: fileURLToPath(url) } : { url };
}

/** As Node resolves it: `exports` and `imports` maps, the conditions `node` and `import`. */
function resolve(specifier: string, from: string): string {
  // The second parameter counts because the kernel is started with --experimental-import-meta-resolve.
  const fromPath = (path: string): string =>
    (import.meta.resolve as (specifier: string, parent: string) => string)(specifier, pathToFileURL(path).href);
  try {
    return fromPath(from);
  } catch (error) {
    if (!isBare(specifier)) throw error;
    try {
      return fromPath(installation);
    } catch {
      throw error;
    }
  }
}
