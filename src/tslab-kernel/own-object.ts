/** What a compiled cell reaches as the kernel's object: the names of compiler/builtins.ts, and the calls that the compiler writes. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Gate } from "./gate.ts";
import type { Imports } from "./imports.ts";
import type { Inputs } from "./input.ts";
import { resolveFrom } from "./resolve-from.ts";

export interface OwnObject {
  /** The value that the last cell has shown. */
  _: unknown;
}

/** @param file Path of the notebook, or of what stands for it: cells are there, as far as Node is concerned. */
export function ownObject(
  file: string,
  folder: string,
  { gate, imports, inputs }: { gate: Gate; imports: Imports; inputs: Inputs },
): OwnObject {
  const module = { exports: {} };
  const url = pathToFileURL(file).href;
  const resolve = (specifier: string): string => resolveFrom(specifier, file);
  return {
    _: undefined,
    import: imports.load,
    pause: gate.pause,
    resume: gate.resume,
    prompt: inputs.prompt,
    confirm: inputs.confirm,
    input: inputs.input,
    require: createRequire(file),
    module,
    exports: module.exports,
    __filename: file,
    __dirname: folder,
    meta: { url, filename: file, dirname: folder, resolve },
  } as OwnObject;
}

/** The notebook's path, as Jupyter Server tells it; nothing where there is no server, as in a console. */
export function notebookPath(folder: string): string | undefined {
  const session = process.env["JPY_SESSION_NAME"];
  if (!session?.endsWith(".ipynb")) return undefined;
  const path = join(folder, basename(session));
  return existsSync(path) ? path : undefined;
}
