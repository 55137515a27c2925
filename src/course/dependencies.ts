/**
 * What a cell's code reaches on this disk, found without running it: every string in it that names a file or folder here. That covers
 * imports of local modules, which are followed, and data that is read by a path written out. Packages of the workspace (links out of
 * node_modules) are covered by what is built of them; installed packages are covered by the lockfile and are not looked into.
 */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, extname, isAbsolute, join, resolve, sep } from "node:path";

export interface Dependencies {
  /** Absolute paths of files whose content counts. */
  files: string[];
  /** Absolute paths of folders of which every file counts. */
  folders: string[];
  /** Folders of packages of the workspace; what is built of them is among `folders`. */
  packages: string[];
  /** Names of environment variables that the code reads by their name. */
  variables: string[];
}

/** `process.env.NAME`, `process.env["NAME"]`; also `env.NAME`, for `import { env } from "node:process"`. */
const variable = /\benv\b\s*(?:\??\.\s*([\p{ID_Start}_$][\p{ID_Continue}$]*)|(?:\?\.\s*)?\[\s*(["'`])([^"'`\n]+)\2\s*\])/gu;
/** `const { NAME, OTHER: own = "" } = process.env` */
const takenApart = /\{([^{}]*)\}\s*(?::[^=;]*)?=\s*(?:[\w.]+\.)?env\b/g;

function variablesIn(source: string): string[] {
  const named = [...source.matchAll(variable)].map(([, plain, , quoted]) => plain ?? quoted!);
  const parts = [...source.matchAll(takenApart)].flatMap(([, names]) => names!.split(","));
  return [...named, ...parts.flatMap((part) => /^\s*["']?([\p{ID_Start}_$][\p{ID_Continue}$]*)/u.exec(part)?.[1] ?? [])];
}

const strings = /(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1/g;
const moduleExtensions = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];
/** TypeScript lets `./a.js` mean the file a.ts. */
const asTypeScript = (text: string): string => text.replace(/\.([mc]?)js$/, ".$1ts");
export const isCode = (path: string): boolean => [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs"].includes(extname(path));
const longestPath = 400;

function kindOf(path: string): "file" | "folder" | undefined {
  try {
    const found = statSync(path);
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : undefined;
  } catch {
    return undefined;
  }
}

/** `@scope/name/sub` → `@scope/name`; nothing for what cannot be a package. */
function packageOf(specifier: string): string | undefined {
  const name = /^(@[\w.-]+\/[\w.-]+|[a-z\d][\w.-]*)(\/[\w./-]+)?$/i.exec(specifier)?.[1];
  return name === undefined || builtinModules.includes(name) ? undefined : name;
}

/** The folder of a package that node_modules only links to, as seen from `from`. */
function linkedPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(join(place, "package.json"))) {
      const real = realpathSync(place);
      return real.split(sep).includes("node_modules") ? undefined : real;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

interface PackageFields {
  dependencies?: Record<string, string>;
  /** What a package reads beside itself, relative to it. */
  cairn?: { reads?: string[] };
}

/** @param gone Files that count as if they were still there. */
export function findDependencies(code: readonly string[], cwd: string, gone: ReadonlySet<string> = new Set()): Dependencies {
  const files = new Set<string>();
  const folders = new Set<string>();
  const packages = new Set<string>();
  const variables = new Set<string>();

  function addPackage(folder: string): void {
    const built = join(folder, "dist");
    const counts = existsSync(built) ? built : folder;
    if (packages.has(folder)) return;
    packages.add(folder);
    folders.add(counts);
    files.add(join(folder, "package.json"));
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageFields;
    for (const path of manifest.cairn?.reads ?? []) addPath(resolve(folder, path));
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const linked = linkedPackage(name, folder);
      if (linked !== undefined) addPackage(linked);
    }
  }

  function addPath(path: string, isGlobal = false): boolean {
    const kind = kindOf(path) ?? (gone.has(path) ? "file" : undefined);
    // A folder around the notebook, "." or "..", is not data of its own, nor is one like "/tmp".
    if (kind === "folder" && !isGlobal && !`${cwd}${sep}`.startsWith(`${path}${sep}`)) folders.add(path);
    if (kind !== "file" || files.has(path)) return kind !== undefined;
    files.add(path);
    if (isCode(path) && !gone.has(path)) scan(readFileSync(path, "utf8"), dirname(path));
    return true;
  }

  function scan(source: string, folder: string): void {
    for (const name of variablesIn(source)) variables.add(name);
    for (const [, , text] of source.matchAll(strings)) {
      if (text === undefined || text === "" || text.length > longestPath) continue;
      const candidates = [...moduleExtensions.map((extension) => text + extension), asTypeScript(text)];
      const isModule = candidates.some((path) => addPath(resolve(folder, path), isAbsolute(text)));
      // Code reads files from its working directory, which is the notebook's folder, wherever the module lies.
      const isData = folder !== cwd && addPath(resolve(cwd, text));
      if (isModule || isData) continue;
      const name = packageOf(text);
      const linked = name === undefined ? undefined : linkedPackage(name, folder);
      if (linked !== undefined) addPackage(linked);
    }
  }

  for (const source of code) scan(source, cwd);
  const sorted = (found: ReadonlySet<string>): string[] => [...found].toSorted();
  return { files: sorted(files), folders: sorted(folders), packages: sorted(packages), variables: sorted(variables) };
}
