/**
 * How cells are compiled: today's TypeScript for the Node that runs. A cell is loosely typed unless its reader asks for more, by the notebook's
 * metadata (`"typescript": { "strict": true }`) or by a tsconfig.json beside it.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts, type TypeScript } from "./typescript.ts";

/** What a Node offers beyond ES2023 → the library that declares it. */
const probes: readonly (readonly [lib: string, isThere: () => boolean])[] = [
  ["lib.es2024.d.ts", () => "withResolvers" in Promise],
  ["lib.es2025.collection.d.ts", () => "union" in Set.prototype],
  ["lib.es2025.iterator.d.ts", () => "Iterator" in globalThis],
  ["lib.es2025.float16.d.ts", () => "Float16Array" in globalThis],
  ["lib.es2025.promise.d.ts", () => "try" in Promise],
  ["lib.es2025.regexp.d.ts", () => "escape" in RegExp],
  ["lib.esnext.array.d.ts", () => "fromAsync" in Array],
  ["lib.esnext.disposable.d.ts", () => "dispose" in Symbol],
  ["lib.esnext.decorators.d.ts", () => true],
];

const libFolder = (): string => dirname(ts.getDefaultLibFilePath({}));

function libraries(): string[] {
  const isShipped = (lib: string): boolean => ts.sys.fileExists(join(libFolder(), lib));
  return ["lib.es2023.d.ts", ...probes.filter(([lib, isThere]) => isThere() && isShipped(lib)).map(([lib]) => lib)];
}

/** What no configuration may change: cells would not run. */
function fixedOptions(): TypeScript.CompilerOptions {
  return {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ["node"],
    // Node 20 runs all syntax of ES2024; `using` and decorators are written out.
    target: ts.ScriptTarget.ES2024,
    noUncheckedSideEffectImports: false, // Node says so itself when it finds none
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    preserveConstEnums: true,
    useDefineForClassFields: true,
    sourceMap: true,
    noEmitOnError: false,
    skipLibCheck: true,
    noResolve: false,
  };
}

const defaults: TypeScript.CompilerOptions = { strict: false, types: ["node"] };

/** Of a reader's tsconfig, all that is not about files and output. */
function ownOptions(folder: string): TypeScript.CompilerOptions {
  const file = join(folder, "tsconfig.json");
  if (!ts.sys.fileExists(file)) return {};
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as { config?: object };
  const host: TypeScript.ParseConfigHost = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, folder);
  const {
    rootDir: _rootDir,
    outDir: _outDir,
    outFile: _outFile,
    declaration: _declaration,
    declarationMap: _declarationMap,
    emitDeclarationOnly: _emitDeclarationOnly,
    composite: _composite,
    incremental: _incremental,
    isolatedDeclarations: _isolatedDeclarations,
    isolatedModules: _isolatedModules,
    verbatimModuleSyntax: _verbatimModuleSyntax,
    erasableSyntaxOnly: _erasableSyntaxOnly,
    noEmit: _noEmit,
    inlineSourceMap: _inlineSourceMap,
    mapRoot: _mapRoot,
    sourceRoot: _sourceRoot,
    noUnusedLocals: _noUnusedLocals, // each name of a cell is for later ones
    noUnusedParameters: _noUnusedParameters,
    ...others
  } = options;
  return others;
}

function notebookOptions(notebook: string): TypeScript.CompilerOptions {
  try {
    const { metadata } = JSON.parse(readFileSync(notebook, "utf8")) as { metadata?: { typescript?: { strict?: unknown } } };
    return metadata?.typescript?.strict === true ? { strict: true } : {};
  } catch {
    return {}; // not saved yet, or not a notebook at all
  }
}

/** @param notebook Path of the notebook, where the front end has told it. */
export function compilerOptions(folder: string, notebook: string | undefined): TypeScript.CompilerOptions {
  const own = ownOptions(folder);
  const lib = own.lib ?? libraries();
  const typeRoots = own.typeRoots ?? [join(folder, "node_modules", "@types"), join(nodeTypes(), "..")];
  return { ...defaults, ...own, ...(notebook === undefined ? {} : notebookOptions(notebook)), lib, typeRoots, ...fixedOptions() };
}

/** Whether cells see what they see of TypeScript and Node by default: neither other libraries nor other types of Node. */
export function hasUsualLibrary(folder: string, options: TypeScript.CompilerOptions): boolean {
  const isUsualLib = JSON.stringify(options.lib) === JSON.stringify(libraries());
  if (!isUsualLib || options.types?.includes("node") !== true) return false;
  const { resolvedTypeReferenceDirective: found } = ts.resolveTypeReferenceDirective("node", join(folder, "cairn.ts"), options, ts.sys);
  return found?.resolvedFileName !== undefined && dirname(found.resolvedFileName) === nodeTypes();
}

/** The folder of our own @types/node, for notebooks whose folder has none. */
export function nodeTypes(): string {
  const self = fileURLToPath(import.meta.url);
  return dirname(
    ts.resolveModuleName("@types/node/package.json", self, { resolveJsonModule: true }, ts.sys).resolvedModule?.resolvedFileName ?? self,
  );
}
