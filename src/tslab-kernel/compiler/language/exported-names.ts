/** What a module exports, read from its declaration files without a program: to check every library that could be imported would take seconds. */
import type { Kind } from "./kinds.ts";
import type { ModuleFinder } from "../modules/modules.ts";
import { ts, type TypeScript } from "../typescript.ts";

export type ExportedNames = ReadonlyMap<string, Kind>;

export class ExportReader {
  readonly #finder: ModuleFinder;
  readonly #known = new Map<string, Map<string, Kind>>();

  constructor(finder: ModuleFinder) {
    this.#finder = finder;
  }

  read(file: string): ExportedNames {
    const known = this.#known.get(file);
    if (known) return known;
    const names = new Map<string, Kind>();
    this.#known.set(file, names); // first, for modules that export each other
    const text = ts.sys.readFile(file);
    if (text === undefined) return names;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false);
    const local = new Map(source.statements.flatMap(declarations));
    for (const statement of source.statements) {
      if (isExported(statement)) for (const [name, kind] of declarations(statement)) names.set(name, kind);
      if (ts.isExportDeclaration(statement)) this.#readExport(statement, file, local, names);
    }
    return names;
  }

  #readExport(
    { exportClause, moduleSpecifier }: TypeScript.ExportDeclaration,
    file: string,
    local: ExportedNames,
    names: Map<string, Kind>,
  ): void {
    const found = moduleSpecifier && this.#finder.find((moduleSpecifier as TypeScript.StringLiteral).text, file);
    const from = found ? this.read(found.resolvedFileName) : local;
    if (!exportClause) {
      for (const [name, kind] of from) if (!names.has(name)) names.set(name, kind);
    } else if (ts.isNamespaceExport(exportClause)) names.set(exportClause.name.text, "module");
    else {
      for (const { name, propertyName } of exportClause.elements) {
        if (name.text !== "default") names.set(name.text, from.get((propertyName ?? name).text) ?? "variable");
      }
    }
  }
}

function isExported(statement: TypeScript.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  const has = (kind: TypeScript.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === kind);
  return has(ts.SyntaxKind.ExportKeyword) && !has(ts.SyntaxKind.DefaultKeyword);
}

function declarations(statement: TypeScript.Statement): [name: string, kind: Kind][] {
  const named = (kind: Kind): [string, Kind][] => {
    const { name } = statement as TypeScript.DeclarationStatement;
    return name && ts.isIdentifier(name) ? [[name.text, kind]] : [];
  };
  if (ts.isFunctionDeclaration(statement)) return named("function");
  if (ts.isClassDeclaration(statement)) return named("class");
  if (ts.isInterfaceDeclaration(statement)) return named("interface");
  if (ts.isTypeAliasDeclaration(statement)) return named("type");
  if (ts.isEnumDeclaration(statement)) return named("enum");
  if (ts.isModuleDeclaration(statement)) return named("module");
  if (!ts.isVariableStatement(statement)) return [];
  const kind = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0 ? "constant" : "variable";
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [[name.text, kind] as [string, Kind]] : []));
}
