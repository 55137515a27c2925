/** What the language services of a notebook have in common: options, files, where modules are, and what has been parsed of them. */
import { join } from "node:path";
import { builtinDeclarations, builtinsFile } from "./builtins.ts";
import { DeferredModules } from "./library/deferred-modules.ts";
import { Disk, type StoredFile, storedFile } from "./disk.ts";
import { LibraryDocumentation } from "./library/library-documentation.ts";
import { type Library, withLibrary } from "./library/library.ts";
import { ModuleFinder } from "./modules/modules.ts";
import { ts, type TypeScript } from "./typescript.ts";

export class SharedFiles {
  readonly folder: string;
  settings: TypeScript.CompilerOptions;
  readonly modules: ModuleFinder;
  readonly registry: TypeScript.DocumentRegistry;
  /** Every program reads the package.json of every package anew, unless it is given what earlier ones have read. */
  readonly packages: TypeScript.ModuleResolutionCache;
  readonly disk: Disk = new Disk();
  /** Names of the kernel's own that all cells see. */
  readonly builtins: string;
  /** The library's modules, where cells read it as one file. */
  readonly deferred: DeferredModules | undefined;
  /** Files that are there without a disk, and stay as they are. */
  readonly #given: Map<string, StoredFile>;

  /** @param library What cells see of TypeScript and Node, in place of the files that the options name. */
  constructor(folder: string, options: TypeScript.CompilerOptions, library?: Library) {
    this.folder = folder;
    this.builtins = join(folder, builtinsFile);
    this.#given = new Map([
      [this.builtins, storedFile(builtinDeclarations, "1")],
      ...(library?.covers.map((name) => [name, storedFile("", "1")] as const) ?? []),
    ]);
    this.settings = library ? withLibrary(options) : options;
    if (library) {
      this.#given.set(library.file, storedFile(library.text.slice(0, library.coreEnd), "1"));
      this.deferred = new DeferredModules(library, this.settings);
      new LibraryDocumentation(library, this.deferred).install();
    }
    this.modules = new ModuleFinder(folder, this.settings, this.#resolutionHost());
    this.packages = ts.createModuleResolutionCache(folder, (name) => name, this.settings);
    this.registry = this.#registry(library?.file);
  }

  /** Checks strictly from now on: the notebook says so. */
  beStrict(): void {
    if (this.settings.strict !== true) this.settings = { ...this.settings, strict: true };
  }

  has(name: string): boolean {
    return this.#given.has(name) || this.disk.isFile(name);
  }

  read(name: string): StoredFile | undefined {
    return this.#given.get(name) ?? this.disk.read(name);
  }

  /** Sources beside the notebook may have been edited since, and packages installed. */
  refresh(): void {
    this.disk.refresh();
    this.modules.forget();
  }

  #resolutionHost(): TypeScript.ModuleResolutionHost {
    return {
      fileExists: (name) => this.disk.isFile(name),
      directoryExists: (name) => this.disk.isFolder(name),
      realpath: (name) => this.disk.realPath(name),
      readFile: (name) => ts.sys.readFile(name),
      getCurrentDirectory: () => this.folder,
      useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    };
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
