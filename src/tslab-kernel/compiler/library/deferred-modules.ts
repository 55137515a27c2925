/**
 * Modules of the library that are parsed when a program first looks at what they export. Parsing all of Node's takes
 * longer than the rest of the kernel's start, and a notebook uses a handful.
 *
 * TypeScript has no way to do this, so it is done with what its binder leaves behind: the empty module that stands for
 * the waiting one has a symbol, and `exports` of that symbol is made a getter. That is why the version of TypeScript is
 * pinned, and why a test compares every type of every module with a program of the plain files.
 */
import type { Library } from "./library.ts";
import { ts, type TypeScript } from "../typescript.ts";

/** What the binder leaves on a file, and TypeScript's declarations do not show. */
interface BoundFile extends TypeScript.SourceFile {
  locals: Map<string, BoundSymbol>;
  path: string;
  resolvedPath: string;
  originalFileName: string;
  version: string;
}

interface BoundSymbol {
  exports: Map<string, BoundSymbol> | undefined;
  parent: BoundSymbol | undefined;
  declarations: { symbol: BoundSymbol }[];
  valueDeclaration: TypeScript.Node;
}

const { bindSourceFile } = ts as unknown as {
  bindSourceFile: (this: void, file: TypeScript.SourceFile, options: TypeScript.CompilerOptions) => void;
};

export class DeferredModules {
  readonly #library: Library;
  readonly #options: TypeScript.CompilerOptions;
  readonly #starts = new WeakMap<TypeScript.SourceFile, number>();

  constructor(library: Library, options: TypeScript.CompilerOptions) {
    this.#library = library;
    this.#options = options;
  }

  /** @param core The file of what every program reads, not yet part of one. */
  attach(core: TypeScript.SourceFile): void {
    if (this.#starts.has(core)) return;
    this.#starts.set(core, 0);
    bindSourceFile(core, this.#options);
    for (const [name, start, end] of this.#library.modules) {
      const stub = (core as BoundFile).locals.get(`"${name}"`)!;
      const load = (): BoundSymbol["exports"] => {
        setExports(stub, undefined); // so that binding does not come back here
        this.#load(stub, name, start, end);
        return stub.exports;
      };
      Object.defineProperty(stub, "exports", { configurable: true, enumerable: true, get: load });
    }
  }

  #load(stub: BoundSymbol, name: string, start: number, end: number): void {
    const fileName = this.#library.file.replace(/d\.ts$/, `${name.replaceAll(/\W/g, "-")}.d.ts`);
    const file = ts.createSourceFile(fileName, this.#library.text.slice(start, end), ts.ScriptTarget.Latest) as BoundFile;
    this.#starts.set(file, start);
    file.path = file.resolvedPath = file.originalFileName = fileName;
    file.version = "1";
    bindSourceFile(file, this.#options);
    const bound = file.locals.get(`"${name}"`)!;
    setExports(stub, bound.exports);
    stub.declarations = bound.declarations;
    stub.valueDeclaration = bound.valueDeclaration;
    for (const declaration of bound.declarations) declaration.symbol = stub;
    for (const exported of bound.exports?.values() ?? []) exported.parent = stub;
  }

  /** Where a file's text begins in the library's; nothing for a file that is not of the library. */
  startOf(file: TypeScript.SourceFile): number | undefined {
    return this.#starts.get(file);
  }
}

function setExports(symbol: BoundSymbol, value: BoundSymbol["exports"]): void {
  Object.defineProperty(symbol, "exports", { configurable: true, enumerable: true, writable: true, value });
}
