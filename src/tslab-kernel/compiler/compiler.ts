/** Compiles cells, one after the other, knowing what earlier ones have declared. */
import { type Complaint, complaints } from "./complaints.ts";
import { type Cell, Documents } from "./documents.ts";
import { type Library, openLibrary } from "./library.ts";
import { LocalModules } from "./local-modules.ts";
import { isSource } from "./modules.ts";
import { compilerOptions, hasUsualLibrary, nodeTypes } from "./options.ts";
import { rewriting } from "./rewrite.ts";
import { CellService } from "./service.ts";
import { compilerCache, type TypeScript } from "./typescript.ts";

export interface CompiledCell {
  javascript: string;
  sourceMap: string;
  /** The notebook's names that the cell assigns to. */
  assigned: string[];
  /** Whether it awaits outside of functions, and so is to run as an async function. */
  awaits: boolean;
}

export type Compilation = { cell: CompiledCell } | { complaints: Complaint[] };

export interface CompilerOptions {
  /** The notebook's folder. */
  folder: string;
  notebook: string | undefined;
  /** Where JavaScript of local modules goes. */
  scratch: string;
  /** Reads TypeScript's and Node's declarations from their own files, to which a test compares library.ts. @default false */
  plainDeclarations?: boolean;
}

export class CellCompiler {
  readonly documents: Documents;
  readonly service: CellService;
  readonly modules: LocalModules;
  /** The cell that runs now, and who owned the names before it. */
  #running: { cell: Cell; before: ReadonlyMap<string, Cell> } | undefined;

  constructor({ folder, notebook, scratch, plainDeclarations = false }: CompilerOptions) {
    this.documents = new Documents(folder);
    const options = compilerOptions(folder, notebook);
    this.service = new CellService(folder, options, this.documents, plainDeclarations ? undefined : libraryOf(folder, options));
    this.modules = new LocalModules(this.service, scratch);
  }

  /** Reads the libraries, which all cells need. */
  warmUp(): void {
    const cell = this.documents.parse("warm-up", "");
    const takeBack = this.documents.add(cell);
    const program = this.service.program(cell.fileName);
    program.getSemanticDiagnostics(program.getSourceFile(cell.fileName));
    takeBack();
  }

  compile(name: string, code: string): Compilation {
    this.service.refresh();
    const cell = this.documents.parse(name, code);
    const before = this.documents.owners;
    const takeBack = this.documents.add(cell);
    const program = this.service.program(cell.fileName);
    const file = program.getSourceFile(cell.fileName)!;
    const found = this.#diagnose(program, file, cell);
    if (found.length > 0) {
      const texts = complaints(found, cell, { program, service: this.service });
      takeBack();
      return { complaints: texts };
    }
    this.#running = { cell, before };
    return { cell: emit(program, file, cell.code.length) };
  }

  /** The cell has ended. `unreached` are names that a failure kept it from assigning: they are what they were before. */
  settle(unreached: readonly string[]): void {
    if (this.#running) this.documents.giveBack(this.#running.cell, unreached, this.#running.before);
    this.#running = undefined;
    this.documents.prune();
  }

  /** What is wrong with the cell, else with the local files that it imports. */
  #diagnose(program: TypeScript.Program, file: TypeScript.SourceFile, cell: Cell): readonly TypeScript.Diagnostic[] {
    const own = (diagnostics: readonly TypeScript.Diagnostic[]): TypeScript.Diagnostic[] =>
      diagnostics.filter(({ start = 0 }) => start <= cell.code.length);
    const syntactic = own(program.getSyntacticDiagnostics(file));
    if (syntactic.length > 0) return syntactic;
    const semantic = own(program.getSemanticDiagnostics(file));
    if (semantic.length > 0) return semantic;
    const sources = program
      .getSourceFiles()
      .filter(({ fileName }) => isSource(fileName) && !this.documents.read(fileName) && !/[\\/]node_modules[\\/]/.test(fileName));
    return sources.flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]);
  }
}

/** The usual declarations as one file; nothing where the reader has others, or they are no longer as we know them. */
function libraryOf(folder: string, options: TypeScript.CompilerOptions): Library | undefined {
  try {
    return hasUsualLibrary(folder, options) ? openLibrary(options, nodeTypes(), compilerCache) : undefined;
  } catch {
    return undefined; // cells are compiled as well with the files themselves
  }
}

function emit(program: TypeScript.Program, file: TypeScript.SourceFile, length: number): CompiledCell {
  const rewritten = rewriting(program.getTypeChecker(), length);
  let [javascript, sourceMap] = ["", ""];
  const keep = (name: string, text: string): void => {
    if (name.endsWith(".map")) sourceMap = text;
    else javascript = text;
  };
  program.emit(file, keep, undefined, false, { before: [rewritten.transformer] });
  // The notebook's module ends in functions of the kernel, not in exports.
  const plain = javascript.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").replace(/^export \{\s*\};?\s*$/m, "");
  return { javascript: plain, sourceMap, assigned: [...rewritten.assigned], awaits: rewritten.awaits };
}
