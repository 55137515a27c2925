/** TypeScript's language service over the cells: it reads a file when it is asked for, watches none, and keeps what has not changed. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { builtinDeclarations, builtinsFile } from "./builtins.ts";
import type { Documents } from "./documents.ts";
import { isEdited, ModuleFinder } from "./modules.ts";
import { ts, type TypeScript } from "./typescript.ts";

interface File {
  text: string;
  version: string;
}

export class CellService {
  readonly language: TypeScript.LanguageService;
  readonly modules: ModuleFinder;
  readonly #documents: Documents;
  readonly #files = new Map<string, File | undefined>();
  readonly #builtins: string;
  #roots: readonly string[] = [];
  /** A text that is being edited: what completion and help are asked about. */
  #draft: { fileName: string; text: string; version: number } | undefined;
  #project = 0;

  /** @param registry Shared by services that read the same files: each is parsed once. */
  constructor(folder: string, options: TypeScript.CompilerOptions, documents: Documents, registry: TypeScript.DocumentRegistry) {
    this.#documents = documents;
    this.#builtins = join(folder, builtinsFile);
    this.modules = new ModuleFinder(folder, options, ts.sys);
    const host: TypeScript.LanguageServiceHost = {
      getCompilationSettings: () => options,
      getScriptFileNames: () => [this.#builtins, ...this.#roots],
      getScriptVersion: (name) => this.#version(name),
      getScriptSnapshot: (name) => {
        const text = this.text(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getProjectVersion: () => String(this.#project),
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (name) => this.text(name) !== undefined,
      readFile: (name) => this.text(name),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      readDirectory: ts.sys.readDirectory,
      realpath: ts.sys.realpath!,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      resolveModuleNameLiterals: (literals, from) =>
        literals.map(({ text }) => {
          const cell = documents.resolve(text);
          return cell
            ? { resolvedModule: { resolvedFileName: cell, extension: ts.Extension.Ts, isExternalLibraryImport: false } }
            : { resolvedModule: this.modules.find(text, from) };
        }),
    };
    this.language = ts.createLanguageService(host, registry);
  }

  /** A program whose roots are these documents and all that they reach. */
  program(...roots: string[]): TypeScript.Program {
    this.#roots = [...new Set([...this.#documents.augmenting, ...roots])];
    this.#project++;
    return this.language.getProgram()!;
  }

  /** Makes the language service answer about this text; gives its file name. */
  edit(fileName: string, text: string): string {
    this.#draft = { fileName, text, version: (this.#draft?.version ?? 0) + 1 };
    this.program(fileName);
    return fileName;
  }

  /** Sources beside the notebook may have been edited since, and packages installed. */
  refresh(): void {
    for (const [name, file] of this.#files) {
      const isStable = file !== undefined && !isEdited(name);
      if (!isStable && stamp(name) !== file?.version) this.#files.delete(name);
    }
    this.modules.forget();
  }

  /** A file's text as programs see it until the next refresh. */
  text(name: string): string | undefined {
    if (name === this.#builtins) return builtinDeclarations;
    if (name === this.#draft?.fileName) return this.#draft.text;
    return this.#documents.read(name)?.text ?? this.#read(name)?.text;
  }

  #version(name: string): string {
    if (name === this.#builtins) return "1";
    if (name === this.#draft?.fileName) return `draft ${this.#draft.version}`;
    return this.#documents.read(name)?.version.toString() ?? this.#read(name)?.version ?? "";
  }

  #read(name: string): File | undefined {
    if (!this.#files.has(name)) {
      const version = stamp(name);
      const text = version === undefined ? undefined : ts.sys.readFile(name);
      this.#files.set(name, text === undefined ? undefined : { text, version: version! });
    }
    return this.#files.get(name);
  }
}

function stamp(name: string): string | undefined {
  const about = statSync(name, { throwIfNoEntry: false });
  return about?.isFile() ? `${about.mtimeMs} ${about.size}` : undefined;
}
