/**
 * Where the modules are that cells import: from the notebook's folder on, and what is not there from this installation on, so that a notebook
 * anywhere finds the library. TypeScript files are found as bundlers do (`./local`, `./folder`, `./local.ts`, `#name` of a package.json).
 */
import { isBuiltin } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts, type TypeScript } from "../typescript.ts";

/** This file stands for the installation where modules are looked up. */
export const installation: string = fileURLToPath(import.meta.url);

export const isBare = (specifier: string): boolean => !/^(\.{0,2}\/|#|file:|node:|data:|[A-Za-z]:[\\/])/.test(specifier);

export class ModuleFinder {
  readonly #options: TypeScript.CompilerOptions;
  readonly #host: TypeScript.ModuleResolutionHost;
  #cache: TypeScript.ModuleResolutionCache;
  /** Folder and specifier → where it was found. */
  readonly #found = new Map<string, TypeScript.ResolvedModuleFull>();

  constructor(folder: string, options: TypeScript.CompilerOptions, host: TypeScript.ModuleResolutionHost) {
    this.#options = options;
    this.#host = host;
    this.#cache = ts.createModuleResolutionCache(folder, (name) => name, options);
  }

  /** What was not found may have been installed since, and sources may have moved. */
  forget(): void {
    this.#cache.clear();
    for (const [key, { resolvedFileName }] of this.#found) if (isEdited(resolvedFileName)) this.#found.delete(key);
  }

  /** The file that declares the module for the compiler: TypeScript, declarations or JSON. */
  find(specifier: string, from: string): TypeScript.ResolvedModuleFull | undefined {
    const key = `${dirname(from)}\n${specifier}`;
    const found = this.#found.get(key) ?? this.#lookUp(specifier, from);
    if (found) this.#found.set(key, found);
    return found;
  }

  #lookUp(specifier: string, from: string): TypeScript.ResolvedModuleFull | undefined {
    if (isBuiltin(specifier)) return undefined; // Node takes its own, whatever else has that name
    // A file's address is a path to the compiler.
    const name = specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier;
    const lookUp = (file: string): TypeScript.ResolvedModuleFull | undefined =>
      ts.resolveModuleName(name, file, this.#options, this.#host, this.#cache, undefined, ts.ModuleKind.ESNext).resolvedModule;
    return (specifier === "tslab" ? undefined : lookUp(from)) ?? (isBare(specifier) ? lookUp(installation) : undefined);
  }

  /** The TypeScript source behind the specifier; nothing when it is a module that Node can read itself. */
  source(specifier: string, from: string): string | undefined {
    const found = this.find(specifier, from);
    return found && isSource(found.resolvedFileName) ? found.resolvedFileName : undefined;
  }

  /** The file that a relative specifier means which leaves out its extension, or is JSON. */
  file(specifier: string, from: string): string | undefined {
    if (!/^\.{0,2}\//.test(specifier)) return undefined;
    const path = join(specifier.startsWith("/") ? "/" : dirname(from), specifier);
    const candidates = [path, ...[".js", ".mjs", ".cjs", ".json"].map((extension) => path + extension), join(path, "index.js")];
    return candidates.find((candidate) => ts.sys.fileExists(candidate));
  }
}

const sourceExtensions = new Set([".ts", ".tsx", ".mts", ".cts"]);
export const isSource = (file: string): boolean => sourceExtensions.has(extname(file)) && !/\.d\.[cm]?ts$/.test(file);
/** Whether its reader edits it, and expects the next import to see that; packages stay what they were when they were first imported. */
export const isEdited = (file: string): boolean => isSource(file) || (extname(file) === ".json" && !/[\\/]node_modules[\\/]/.test(file));
