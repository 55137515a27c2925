/** TypeScript's language service over the cells: it reads a file when it is asked for, watches none, and keeps what has not changed. */
import { type StoredFile, storedFile } from "./disk.ts";
import type { Documents } from "./documents.ts";
import type { ModuleFinder } from "./modules/modules.ts";
import type { SharedFiles } from "./shared-files.ts";
import { ts, type TypeScript } from "./typescript.ts";

/** A method that TypeScript's declarations do not show: it is called with the host of each program. */
interface CompilerHostSetter {
  setCompilerHost: (host: TypeScript.CompilerHost) => void;
}

export class CellService {
  readonly language: TypeScript.LanguageService;
  readonly #documents: Documents;
  readonly #files: SharedFiles;
  /** The cells' texts as they were last asked for. */
  readonly #cells = new Map<string, StoredFile>();
  #roots: readonly string[] = [];
  /** A text that is being edited: what completion and help are asked about. */
  #draft: { fileName: string; file: StoredFile } | undefined;
  #drafts = 0;
  #project = 0;

  constructor(documents: Documents, files: SharedFiles) {
    this.#documents = documents;
    this.#files = files;
    const { disk, folder } = files;
    const host: TypeScript.LanguageServiceHost & CompilerHostSetter = {
      setCompilerHost: (compilerHost) => Object.assign(compilerHost, { getModuleResolutionCache: () => files.packages }),
      getCompilationSettings: () => files.settings,
      getScriptFileNames: () => [files.builtins, ...this.#roots],
      getScriptVersion: (name) => this.#read(name)?.version ?? "",
      getScriptSnapshot: (name) => this.#read(name)?.snapshot,
      getProjectVersion: () => String(this.#project),
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: (about) => ts.getDefaultLibFilePath(about),
      fileExists: (name) => name === this.#draft?.fileName || documents.read(name) !== undefined || files.has(name),
      readFile: (name) => this.#read(name)?.text,
      directoryExists: (name) => disk.isFolder(name),
      getDirectories: (name) => ts.sys.getDirectories(name),
      readDirectory: (...parameters) => ts.sys.readDirectory(...parameters),
      realpath: (name) => disk.realPath(name),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      resolveModuleNameLiterals: (literals, from) =>
        literals.map(({ text }) => {
          const cell = documents.resolve(text);
          return cell
            ? { resolvedModule: { resolvedFileName: cell, extension: ts.Extension.Ts, isExternalLibraryImport: false } }
            : { resolvedModule: files.modules.find(text, from) };
        }),
    };
    this.language = ts.createLanguageService(host, files.registry);
  }

  /** Whether TypeScript's and Node's declarations are read as one file. */
  get hasLibrary(): boolean {
    return this.#files.deferred !== undefined;
  }

  get modules(): ModuleFinder {
    return this.#files.modules;
  }

  /** A program whose roots are these documents and all that they reach. */
  program(...roots: string[]): TypeScript.Program {
    this.#roots = [...new Set([...this.#documents.augmenting, ...roots])];
    this.#project++;
    return this.language.getProgram()!;
  }

  /** Makes the language service answer about this text; gives its file name. */
  edit(fileName: string, text: string): string {
    this.#draft = { fileName, file: storedFile(text, `draft ${++this.#drafts}`) };
    this.program(fileName);
    return fileName;
  }

  /** Sources beside the notebook may have been edited since, and packages installed. */
  refresh(): void {
    this.#files.refresh();
  }

  /** A file's text as programs see it until the next refresh. */
  text(name: string): string | undefined {
    return this.#read(name)?.text;
  }

  #read(name: string): StoredFile | undefined {
    if (name === this.#draft?.fileName) return this.#draft.file;
    return this.#cell(name) ?? this.#files.read(name);
  }

  #cell(name: string): StoredFile | undefined {
    const document = this.#documents.read(name);
    if (!document) {
      this.#cells.delete(name);
      return undefined;
    }
    const known = this.#cells.get(name);
    if (known?.text === document.text) return known;
    const file = storedFile(document.text, document.version.toString());
    this.#cells.set(name, file);
    return file;
  }
}
