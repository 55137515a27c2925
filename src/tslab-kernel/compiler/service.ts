/** TypeScript's language service over the cells: it reads a file when it is asked for, watches none, and keeps what has not changed. */
import { join } from "node:path";
import { builtinDeclarations } from "./builtins.ts";
import { DeferredModules } from "./deferred-modules.ts";
import { Disk, type StoredFile, storedFile } from "./disk.ts";
import type { Documents } from "./documents.ts";
import { LibraryDocumentation } from "./library-documentation.ts";
import { type Library, withLibrary } from "./library.ts";
import { ModuleFinder } from "./modules.ts";
import { ts, type TypeScript } from "./typescript.ts";

/** A method that TypeScript's declarations do not show: it is called with the host of each program. */
interface CompilerHostSetter {
  setCompilerHost: (host: TypeScript.CompilerHost) => void;
}

export class CellService {
  readonly language: TypeScript.LanguageService;
  readonly modules: ModuleFinder;
  /** The library's modules, where cells read it as one file. */
  readonly deferred: DeferredModules | undefined;
  readonly #documents: Documents;
  readonly #disk: Disk = new Disk();
  /** Files that are there without a disk, and stay as they are. */
  readonly #given: Map<string, StoredFile>;
  /** The cells' texts as they were last asked for. */
  readonly #cells = new Map<string, StoredFile>();
  readonly #builtins: string;
  #roots: readonly string[] = [];
  /** A text that is being edited: what completion and help are asked about. */
  #draft: { fileName: string; file: StoredFile } | undefined;
  #drafts = 0;
  #project = 0;

  /** @param library What cells see of TypeScript and Node, in place of the files that the options name. */
  constructor(folder: string, options: TypeScript.CompilerOptions, documents: Documents, library?: Library) {
    this.#documents = documents;
    this.#builtins = join(folder, "cairn-builtins.d.ts");
    this.#given = new Map([
      [this.#builtins, storedFile(builtinDeclarations, "1")],
      ...(library?.covers.map((name) => [name, storedFile("", "1")] as const) ?? []),
    ]);
    const settings = library ? withLibrary(options) : options;
    if (library) {
      this.#given.set(library.file, storedFile(library.text.slice(0, library.coreEnd), "1"));
      this.deferred = new DeferredModules(library, settings);
      new LibraryDocumentation(library, this.deferred).install();
    }
    const disk = this.#disk;
    const resolutionHost: TypeScript.ModuleResolutionHost = {
      fileExists: (name) => disk.isFile(name),
      directoryExists: (name) => disk.isFolder(name),
      realpath: (name) => disk.realPath(name),
      readFile: (name) => ts.sys.readFile(name),
      getCurrentDirectory: () => folder,
      useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    };
    this.modules = new ModuleFinder(folder, settings, resolutionHost);
    // Every program reads the package.json of every package anew, unless it is given what earlier ones have read.
    const packages = ts.createModuleResolutionCache(folder, (name) => name, settings);
    const host: TypeScript.LanguageServiceHost & CompilerHostSetter = {
      setCompilerHost: (compilerHost) => Object.assign(compilerHost, { getModuleResolutionCache: () => packages }),
      getCompilationSettings: () => settings,
      getScriptFileNames: () => [this.#builtins, ...this.#roots],
      getScriptVersion: (name) => this.#read(name)?.version ?? "",
      getScriptSnapshot: (name) => this.#read(name)?.snapshot,
      getProjectVersion: () => String(this.#project),
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: (about) => ts.getDefaultLibFilePath(about),
      fileExists: (name) => this.#given.has(name) || documents.read(name) !== undefined || disk.isFile(name),
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
            : { resolvedModule: this.modules.find(text, from) };
        }),
    };
    this.language = ts.createLanguageService(host, this.#registry(library?.file));
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
    this.#disk.refresh();
    this.modules.forget();
  }

  #read(name: string): StoredFile | undefined {
    if (name === this.#draft?.fileName) return this.#draft.file;
    return this.#given.get(name) ?? this.#cell(name) ?? this.#disk.read(name);
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

  #registry(libraryFile: string | undefined): TypeScript.DocumentRegistry {
    const registry = ts.createDocumentRegistry();
    const acquire = registry.acquireDocumentWithKey.bind(registry);
    const release = registry.releaseDocumentWithKey.bind(registry);
    // Parameters are passed on as they come; the first is the file.
    return Object.assign(registry, {
      acquireDocumentWithKey: (...parameters: Parameters<typeof acquire>) => {
        const file = acquire(...parameters);
        if (parameters[0] === libraryFile) this.deferred?.attach(file);
        return file;
      },
      // A file that no cell imports any more stays: the next one may import it again, and parsing is what takes time.
      releaseDocumentWithKey: (...parameters: Parameters<typeof release>) => {
        if (/[\\/]cairn-cell-\d+\.ts$/.test(parameters[0])) release(...parameters);
      },
    });
  }
}
