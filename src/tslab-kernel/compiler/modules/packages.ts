/** Packages that cells can import, and by which specifiers: those of the notebook's folder, and what this installation brings. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installation } from "./modules.ts";

interface Manifest {
  dependencies?: Record<string, string>;
  exports?: unknown;
}

/** What notebooks are written with. */
export const library = "kernel-helpers";

function* foldersUp(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

function readManifest(file: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch {
    return undefined; // none there, or one that is being written
  }
}

/** The package.json that says what a folder depends on. */
export function manifestFile(folder: string): string | undefined {
  return [...foldersUp(folder)].map((at) => join(at, "package.json")).find((file) => existsSync(file));
}

/** The folder of a package, as Node looks for it. */
export function packageFolder(name: string, from: string): string | undefined {
  return [...foldersUp(from), ...foldersUp(dirname(installation))]
    .map((at) => join(at, "node_modules", name))
    .find((at) => existsSync(join(at, "package.json")));
}

/** Packages that the folder's package.json names. */
export function directDependencies(folder: string): string[] {
  const file = manifestFile(folder);
  return Object.keys((file && readManifest(file)?.dependencies) ?? {});
}

/** Packages that are there whatever the folder depends on. */
export function shippedPackages(folder: string): string[] {
  const own = packageFolder(library, folder);
  return own === undefined ? [] : [library, ...Object.keys(readManifest(join(own, "package.json"))?.dependencies ?? {})];
}

/** The library's rooms: `kernel-helpers/tokenizer` and the others. */
export function rooms(folder: string): string[] {
  const own = packageFolder(library, folder);
  const { exports } = (own && readManifest(join(own, "package.json"))) || {};
  return typeof exports === "object" && exports !== null ? Object.keys(exports).map((path) => library + path.slice(1)) : [];
}

/** Names of all packages that lie in the node_modules above the folder, whoever wanted them. */
export function installedPackages(folder: string): string[] {
  const list = (at: string): string[] => {
    try {
      return readdirSync(at);
    } catch {
      return [];
    }
  };
  const inFolder = (modules: string): string[] =>
    list(modules).flatMap((name) =>
      name.startsWith("@") ? list(join(modules, name)).map((inner) => `${name}/${inner}`) : name.startsWith(".") ? [] : [name],
    );
  return [...new Set([...foldersUp(folder)].flatMap((at) => inFolder(join(at, "node_modules"))))];
}
