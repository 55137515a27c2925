/** Compiles cells, one after the other, knowing what earlier ones have declared. */
import { amend, type Amended } from "./language/amend.ts";
import { type Complaint, complaints } from "./language/complaints.ts";
import { type Cell, Documents } from "./documents.ts";
import { Drafts } from "./language/draft.ts";
import { emitCell, type EmittedCell } from "./emit-cell.ts";
import { ImportableNames } from "./language/importable.ts";
import { type Library, openLibrary } from "./library/library.ts";
import { LocalModules } from "./modules/local-modules.ts";
import { LostNames } from "./language/lost-names.ts";
import { compilerOptions, hasUsualLibrary, nodeTypes } from "./options.ts";
import { CellService } from "./service.ts";
import { SharedFiles } from "./shared-files.ts";
import { parseErrors, withoutShebang } from "./syntax.ts";
import { compilerCache, ts, type TypeScript } from "./typescript.ts";

export interface CompiledCell {
  javascript: string;
  sourceMap: string;
  /** The notebook's names that the cell assigns to. */
  assigned: string[];
  /** Whether it awaits outside of functions, and so is to run as an async function. */
  awaits: boolean;
}

export interface CompileOptions {
  /** Whether imports that completion has offered may be added. @default false */
  mayAmend?: boolean;
  /** The notebook's metadata ask for it, as a runner says that has read them. @default false */
  isStrict?: boolean;
}

/** `amended`: the text that was compiled, where it is not the cell's own. */
export type Compilation = { cell: CompiledCell; amended?: Amended } | { complaints: Complaint[] };

interface Attempt {
  cell: Cell;
  /** Who owned the names before it. */
  before: ReadonlyMap<string, Cell>;
  program: TypeScript.Program;
  file: TypeScript.SourceFile;
  found: readonly TypeScript.Diagnostic[];
  /** Makes it a cell that never was. */
  takeBack: () => void;
}

export interface CompilerOptions {
  /** The notebook's folder. */
  folder: string;
  notebook: string | undefined;
  /** Where JavaScript of local modules goes. */
  scratch: string;
  /** Reads TypeScript's and Node's declarations from their own files, to which a test compares library.ts. @default false */
  plainDeclarations?: boolean;
  /** Where the main thread says how many compilations are to be given up. */
  cancelled?: Int32Array;
  /** What another notebook of the folder has read. */
  files?: SharedFiles;
}

/** What the compiler has against modules that cells may do all the same: `import x = require("y")`. */
const fineInCells = new Set([1202]);

export class CellCompiler {
  readonly documents: Documents;
  readonly service: CellService;
  readonly modules: LocalModules;
  readonly drafts: Drafts;
  readonly importable: ImportableNames;
  readonly lost: LostNames;
  readonly folder: string;
  /** Names that completion has offered to import, and from where. */
  readonly offered: Map<string, string> = new Map();
  readonly #cancellation: TypeScript.CancellationToken;
  readonly files: SharedFiles;
  #compilations = 0;
  /** The cell that runs now. */
  #running: Pick<Attempt, "cell" | "before" | "takeBack"> | undefined;

  constructor({ folder, notebook, scratch, plainDeclarations = false, cancelled, files: known }: CompilerOptions) {
    this.folder = folder;
    const isCancelled = (): boolean => cancelled !== undefined && Atomics.load(cancelled, 0) >= this.#compilations;
    this.#cancellation = {
      isCancellationRequested: isCancelled,
      throwIfCancellationRequested: () => {
        if (isCancelled()) throw new ts.OperationCanceledException();
      },
    };
    this.documents = new Documents(folder);
    const files = (this.files = known ?? openFiles(folder, notebook, plainDeclarations));
    this.service = new CellService(this.documents, files);
    this.drafts = new Drafts(this.documents, new CellService(this.documents, files));
    this.modules = new LocalModules(this.service, scratch);
    this.lost = new LostNames(notebook);
    this.importable = new ImportableNames(folder, this.service.modules);
  }

  /** Reads the libraries, which all cells need. */
  warmUp(): void {
    const cell = this.documents.parse("warm-up", "");
    const takeBack = this.documents.add(cell);
    const program = this.service.program(cell.fileName);
    program.getSemanticDiagnostics(program.getSourceFile(cell.fileName));
    takeBack();
  }

  compile(name: string, code: string, { mayAmend = false, isStrict = false }: CompileOptions = {}): Compilation {
    if (isStrict) this.files.beStrict();
    this.#compilations++;
    this.service.refresh();
    const attempt = this.#attempt(name, withoutShebang(code));
    if (attempt.found.length === 0) return { cell: this.#accept(attempt) };
    const amended = mayAmend ? this.#amend(attempt) : undefined;
    const second = amended && this.#attempt(name, amended.code);
    if (second?.found.length === 0) return { cell: this.#accept(second), ...(amended && { amended }) };
    const { cell, before, program, found } = attempt;
    const { documents, importable, lost, folder } = this;
    const texts = complaints(found, cell, { program, documents, importable, lost, folder });
    lost.refused(
      name,
      [...cell.declared.keys()].filter((declared) => !before.has(declared)),
    );
    return { complaints: texts };
  }

  #amend({ cell: { code, fileName }, found }: Attempt): Amended | undefined {
    // A name of the notebook's own that is missing just now is not to come from elsewhere.
    const from = (name: string): string | undefined => (this.lost.hint(name, code) === undefined ? this.offered.get(name) : undefined);
    const own = found.filter(({ file }) => file?.fileName === fileName);
    return amend(code, own, from);
  }

  #accept({ cell, before, program, file, takeBack }: Attempt): CompiledCell {
    this.lost.found(cell.declared.keys());
    this.#running = { cell, before, takeBack };
    const { imports: _, ...compiled } = this.emit(program, file, cell); // nodes stay in this thread
    return compiled;
  }

  emit(program: TypeScript.Program, file: TypeScript.SourceFile, { code }: Cell): EmittedCell {
    return emitCell(program, file, { length: code.length, isAmbient: (name) => this.documents.isAmbient(name) });
  }

  /** Leaves the cell among the documents if nothing is wrong with it. */
  #attempt(name: string, code: string): Attempt {
    const cell = this.documents.parse(name, code);
    const before = this.documents.owners;
    const takeBack = this.documents.add(cell);
    const program = this.service.program(cell.fileName);
    const file = program.getSourceFile(cell.fileName)!;
    try {
      const found = this.diagnose(program, file, cell);
      if (found.length > 0) takeBack();
      return { cell, before, program, file, found, takeBack };
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  /** The cell has ended. `unreached` are names that a failure kept it from assigning: they are what they were before. */
  settle(unreached: readonly string[]): void {
    if (this.#running) {
      const { cell, before } = this.#running;
      this.documents.giveBack(cell, unreached, before);
      this.lost.unreached(
        cell.name,
        unreached.filter((name) => !before.has(name)),
      );
    }
    this.#running = undefined;
    this.documents.prune();
  }

  /** The compiled cell is not run after all. */
  abandon(): void {
    this.#running?.takeBack();
    this.#running = undefined;
  }

  /** What is wrong with the cell, else with the local files that it imports. */
  diagnose(program: TypeScript.Program, file: TypeScript.SourceFile, cell: Cell): readonly TypeScript.Diagnostic[] {
    const own = (diagnostics: readonly TypeScript.Diagnostic[]): TypeScript.Diagnostic[] =>
      diagnostics.filter(({ start = 0, code }) => start <= cell.code.length && !fineInCells.has(code));
    // Of the cell's text by itself: what it leaves open would swallow what stands beneath it, and be missed there.
    const syntactic = parseErrors(cell.code, cell.fileName);
    if (syntactic.length > 0) return syntactic;
    const semantic = own(program.getSemanticDiagnostics(file, this.#cancellation));
    if (semantic.length > 0) return semantic;
    // Not those of earlier cells: they may be edited just now.
    const sources = this.modules.reached(cell.code, cell.fileName).filter((source) => !/[\\/]node_modules[\\/]/.test(source));
    return sources
      .flatMap((name) => program.getSourceFile(name) ?? [])
      .flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]);
  }
}

function openFiles(folder: string, notebook: string | undefined, plainDeclarations: boolean): SharedFiles {
  const options = compilerOptions(folder, notebook);
  return new SharedFiles(folder, options, plainDeclarations ? undefined : libraryOf(folder, options));
}

/** The usual declarations as one file; nothing where the reader has others, or they are no longer as we know them. */
function libraryOf(folder: string, options: TypeScript.CompilerOptions): Library | undefined {
  try {
    return hasUsualLibrary(folder, options) ? openLibrary(options, nodeTypes(), compilerCache) : undefined;
  } catch {
    return undefined; // cells are compiled as well with the files themselves
  }
}
