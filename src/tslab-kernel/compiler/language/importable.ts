/** Names that a cell can import: of the library's rooms, of packages that the notebook's folder depends on, and of Node's modules, in this order. */
import { join } from "node:path";
import { ExportReader } from "./exported-names.ts";
import { type Kind, kindOfSymbol, unaliased } from "./kinds.ts";
import type { ModuleFinder } from "../modules/modules.ts";
import { directDependencies, manifestFile, rooms } from "../modules/packages.ts";
import { stamp } from "../stamp.ts";
import type { TypeScript } from "../typescript.ts";

export interface ImportableName {
  name: string;
  kind: Kind;
  /** The module's specifier. */
  from: string;
}

const typeKinds: ReadonlySet<Kind> = new Set(["interface", "type"]);
export const isTypeOnly = ({ kind }: ImportableName): boolean => typeKinds.has(kind);

export class ImportableNames {
  readonly #folder: string;
  readonly #finder: ModuleFinder;
  #known: { version: string; names: ReadonlyMap<string, readonly ImportableName[]> } | undefined;
  #ofNode: readonly ImportableName[] | undefined;

  /** @param folder The notebook's. */
  constructor(folder: string, finder: ModuleFinder) {
    this.#folder = folder;
    this.#finder = finder;
  }

  /** By name; of each the best first. */
  all(program: TypeScript.Program): ReadonlyMap<string, readonly ImportableName[]> {
    const manifest = manifestFile(this.#folder);
    const version = manifest === undefined ? "" : `${manifest} ${stamp(manifest)}`;
    if (this.#known?.version !== version) this.#known = { version, names: this.#collect(program) };
    return this.#known.names;
  }

  #collect(program: TypeScript.Program): Map<string, ImportableName[]> {
    this.#ofNode ??= namesOfNode(program);
    const reader = new ExportReader(this.#finder);
    const from = join(this.#folder, "notebook.ts");
    const ofPackages = [...rooms(this.#folder), ...directDependencies(this.#folder)].flatMap((specifier) => {
      const found = this.#finder.find(specifier, from);
      return found ? [...reader.read(found.resolvedFileName)].map(([name, kind]): ImportableName => ({ name, kind, from: specifier })) : [];
    });
    const names = new Map<string, ImportableName[]>();
    for (const about of [...ofPackages, ...this.#ofNode]) {
      const known = names.get(about.name);
      if (!known) names.set(about.name, [about]);
      else if (!known.some(({ from: specifier }) => specifier === about.from)) known.push(about);
    }
    return names;
  }
}

/** The same as `node:path`, for paths of another system. */
const ofOneSystem = /\/(?:posix|win32)$/;

/** Kept as plain words: symbols would keep their whole program. */
function namesOfNode(program: TypeScript.Program): ImportableName[] {
  const checker = program.getTypeChecker();
  const modules = checker.getAmbientModules().flatMap((module) => {
    const specifier = module.name.slice(1, -1);
    return specifier.startsWith("node:") && !ofOneSystem.test(specifier) ? [{ module, specifier }] : [];
  });
  // `node:fs` before `node:fs/promises`, whose functions have the same names.
  return modules
    .toSorted((a, b) => a.specifier.split("/").length - b.specifier.split("/").length)
    .flatMap(({ module, specifier }) =>
      // `node:path` exports an object, whose properties can be imported by name.
      exportsAndProperties(checker, module).flatMap((symbol) => {
        const { name } = symbol;
        return name === "default" || name === "export=" || name === "prototype"
          ? []
          : [{ name, kind: kindOfSymbol(unaliased(symbol, checker)), from: specifier }];
      }),
    );
}

function exportsAndProperties(checker: TypeScript.TypeChecker, module: TypeScript.Symbol): TypeScript.Symbol[] {
  const { getExportsAndPropertiesOfModule } = checker as unknown as {
    getExportsAndPropertiesOfModule: (module: TypeScript.Symbol) => TypeScript.Symbol[];
  };
  return getExportsAndPropertiesOfModule(module);
}

export const importLine = ({ name, from }: Pick<ImportableName, "name" | "from">): string =>
  `import { ${name} } from ${JSON.stringify(from)};`;
