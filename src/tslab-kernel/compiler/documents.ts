/**
 * The cells as TypeScript sees them. Each is a module of its own, and beneath its text stand imports of what it takes from the others. A name
 * has one owner, the cell that declared it last; all others see that declaration, earlier ones too, as at run time all use one variable. So types
 * follow a name that changes its type, and nothing that a cell declares has to be written down as a declaration file.
 */
import { join } from "node:path";
import { augments, type DeclaredName, declaredNames, globalNames, type Place } from "./names.ts";
import { ts } from "./typescript.ts";

export interface Cell {
  /** As stacks show it: `cell[3]`. */
  readonly name: string;
  readonly code: string;
  readonly fileName: string;
  readonly declared: ReadonlyMap<string, DeclaredName>;
  readonly mentioned: ReadonlySet<string>;
  /** What it declares for all, by `declare global`. */
  readonly globals: ReadonlyMap<string, Place[]>;
  readonly augments: boolean;
}

interface Document {
  text: string;
  version: number;
}

export const specifierOf = (cell: Cell): string => `cairn:${cell.name}`;
/** What a name is called in a cell that no longer owns it. */
export const former = (name: string): string => `${name}$before`;

export class Documents {
  readonly #folder: string;
  #owners: Map<string, Cell> = new Map();
  /** Of names that `declare global` has declared. */
  #globalOwners: Map<string, Cell> = new Map();
  #cells: Cell[] = [];
  readonly #texts = new Map<string, Document>();
  /** Of all documents: notebooks that are checked share what has been read, by the names of files. */
  static #count = 0;

  /** @param folder The notebook's: where its imports are looked up. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  parse(name: string, code: string): Cell {
    const fileName = join(this.#folder, `cairn-cell-${++Documents.#count}.ts`);
    const file = ts.createSourceFile(fileName, code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
    const { identifiers } = file as unknown as { identifiers: Map<string, string> };
    return {
      name,
      code,
      fileName,
      declared: declaredNames(file),
      mentioned: new Set(identifiers.keys()),
      globals: globalNames(file),
      augments: augments(file),
    };
  }

  /** Makes the cell the owner of what it declares. Returns the function that undoes it, for a cell that is refused. */
  add(cell: Cell): () => void {
    const [owners, globalOwners, cells] = [this.#owners, this.#globalOwners, this.#cells];
    // A name that a cell has made stays that, though another says that it is to be found elsewhere.
    const isOwned = (name: string): boolean => owners.has(name) && owners.get(name)!.declared.get(name)?.isAmbient === false;
    const taken = [...cell.declared].filter(([name, { isAmbient }]) => !isAmbient || !isOwned(name));
    this.#owners = new Map([...owners, ...taken.map(([name]) => [name, cell] as const)]);
    this.#globalOwners = new Map([...globalOwners, ...[...cell.globals.keys()].map((name) => [name, cell] as const)]);
    this.#cells = [...cells, cell];
    return () => {
      [this.#owners, this.#globalOwners, this.#cells] = [owners, globalOwners, cells];
    };
  }

  /** Takes names from a cell that ended before it reached them; they are again what they were in `before`. */
  giveBack(cell: Cell, names: readonly string[], before: ReadonlyMap<string, Cell>): void {
    for (const name of names) {
      if (this.#owners.get(name) !== cell) continue;
      const earlier = before.get(name);
      if (earlier) this.#owners.set(name, earlier);
      else this.#owners.delete(name);
    }
  }

  /** Forgets cells that own nothing any more. */
  prune(): void {
    const owning = new Set(this.#owners.values());
    this.#cells = this.#cells.filter((cell) => owning.has(cell) || cell.augments);
    const files = new Set(this.#cells.map(({ fileName }) => fileName));
    for (const fileName of this.#texts.keys()) if (!files.has(fileName)) this.#texts.delete(fileName);
  }

  get owners(): ReadonlyMap<string, Cell> {
    return this.#owners;
  }

  /** Files that count though no other imports them. */
  get augmenting(): string[] {
    return this.#cells.filter((cell) => cell.augments).map(({ fileName }) => fileName);
  }

  /** The document of this name as it is to be read now; nothing when the file is not a cell. */
  read(fileName: string): Document | undefined {
    const cell = this.#cells.find((candidate) => candidate.fileName === fileName);
    if (!cell) return undefined;
    const known = this.#texts.get(fileName);
    const text = this.#render(cell);
    if (known?.text === text) return known;
    const document = { text, version: (known?.version ?? 0) + 1 };
    this.#texts.set(fileName, document);
    return document;
  }

  /** Whether the name is a global that a cell has only declared. */
  isAmbient(name: string): boolean {
    return this.#owners.get(name)?.declared.get(name)?.isAmbient === true;
  }

  get cells(): readonly Cell[] {
    return this.#cells;
  }

  /** The file behind a specifier that #render has written. */
  resolve(specifier: string): string | undefined {
    return this.#cells.find((cell) => specifierOf(cell) === specifier)?.fileName;
  }

  /** What stands beneath a text that takes `names` from their owners. */
  imports(names: Iterable<string>, own?: Cell): string {
    const lines: string[] = [];
    for (const name of names) {
      const owner = this.#owners.get(name);
      const about = owner?.declared.get(name);
      if (!owner || !about || owner === own) continue;
      const from = JSON.stringify(specifierOf(owner));
      // An import cannot be assigned to, a variable can.
      lines.push(
        about.kind === "other" ? `import { ${name} } from ${from};` : `declare ${about.kind} ${name}: typeof import(${from}).${name};`,
      );
    }
    return lines.join("\n");
  }

  #render(cell: Cell): string {
    const own = [...cell.declared].filter(([name]) => this.#owners.get(name) === cell);
    const lost = [...cell.declared].filter(([name]) => this.#owners.get(name) !== cell);
    const lostGlobals = [...cell.globals].filter(([name]) => this.#globalOwners.get(name) !== cell);
    const exported = own.filter(([, { isExported }]) => !isExported).map(([name]) => name);
    const renamed = [...lost.map(([name, { places }]) => [name, places] as const), ...lostGlobals];
    return `${rename(cell.code, renamed)}\n;${this.imports(cell.mentioned, cell)}\nexport { ${exported.join(", ")} };`;
  }
}

function rename(code: string, names: readonly (readonly [string, readonly Place[]])[]): string {
  const places = names.flatMap(([name, all]) => all.map((place) => ({ ...place, name })));
  return places
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, place) => text.slice(0, place.start) + replacement(place.name, place.form) + text.slice(place.end), code);
}

function replacement(name: string, form: Place["form"]): string {
  if (form === "shorthand") return `${name}: ${former(name)}`;
  return form === "specifier" ? `${name} as ${former(name)}` : former(name);
}
