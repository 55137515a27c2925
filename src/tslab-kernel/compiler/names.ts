/** The names that a cell declares at its top level, found in its syntax tree alone. */
import { ts, type TypeScript } from "./typescript.ts";

/** How a name stands where it is declared, which says how to write another in its place. */
export type Place = { start: number; end: number; form: "plain" | "shorthand" | "specifier" };

export interface DeclaredName {
  /** A variable, if all it is is one; "other": functions, classes, enums, namespaces, types and imports. */
  kind: "let" | "const" | "other";
  /** The cell itself exports it by this name. */
  isExported: boolean;
  /** `declare var x`: another has made it, as a library makes a global. */
  isAmbient: boolean;
  places: Place[];
}

export function declaredNames(file: TypeScript.SourceFile): Map<string, DeclaredName> {
  const names = new Map<string, DeclaredName>();

  const add = (name: TypeScript.Node, about: Omit<DeclaredName, "places">, form: Place["form"] = "plain"): void => {
    const text = (name as TypeScript.Identifier).text;
    if (text === "") return; // not written yet, as in `const = 1`
    const place: Place = { start: name.getStart(file), end: name.end, form };
    const known = names.get(text);
    if (!known) names.set(text, { ...about, places: [place] });
    else {
      known.places.push(place);
      known.isExported ||= about.isExported;
      known.isAmbient &&= about.isAmbient;
      if (about.kind === "other") known.kind = "other";
    }
  };

  const addBinding = (name: TypeScript.BindingName, about: Omit<DeclaredName, "places">, form?: Place["form"]): void => {
    if (ts.isIdentifier(name)) return add(name, about, form);
    for (const element of name.elements) {
      if (ts.isOmittedExpression(element)) continue;
      const isShorthand = ts.isObjectBindingPattern(name) && !element.propertyName && !element.dotDotDotToken;
      addBinding(element.name, about, isShorthand ? "shorthand" : "plain");
    }
  };

  const addVariables = (list: TypeScript.VariableDeclarationList, isExported: boolean, isAmbient = false): void => {
    const isFixed = (list.flags & ts.NodeFlags.Const) !== 0 || (list.flags & ts.NodeFlags.Using) !== 0;
    for (const { name } of list.declarations) addBinding(name, { kind: isFixed ? "const" : "let", isExported, isAmbient });
  };

  /** `var` belongs to the cell wherever it stands outside of functions. */
  const findVar = (node: TypeScript.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) addVariables(node, false);
    ts.forEachChild(node, findVar);
  };

  for (const statement of file.statements) {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const has = (kind: TypeScript.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === kind);
    const isExported = has(ts.SyntaxKind.ExportKeyword) && !has(ts.SyntaxKind.DefaultKeyword);
    const other: Omit<DeclaredName, "places"> = { kind: "other", isExported, isAmbient: false };
    if (ts.isVariableStatement(statement)) addVariables(statement.declarationList, isExported, has(ts.SyntaxKind.DeclareKeyword));
    else if (ts.isFunctionDeclaration(statement)) {
      if (statement.name) add(statement.name, other);
    } else if (ts.isClassDeclaration(statement)) {
      if (statement.name) add(statement.name, other);
    } else if (ts.isEnumDeclaration(statement) || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      add(statement.name, other);
    } else if (ts.isModuleDeclaration(statement)) {
      if (ts.isIdentifier(statement.name) && (statement.flags & ts.NodeFlags.GlobalAugmentation) === 0) add(statement.name, other);
    } else if (ts.isImportEqualsDeclaration(statement)) add(statement.name, other);
    else if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) add(name, other);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) add(namedBindings.name, other);
      if (namedBindings && ts.isNamedImports(namedBindings)) {
        for (const specifier of namedBindings.elements) add(specifier.name, other, specifier.propertyName ? "plain" : "specifier");
      }
    } else findVar(statement);
  }
  for (const name of exportedByList(file)) {
    const about = names.get(name);
    if (about) about.isExported = true;
  }
  return names;
}

/** `export { a, b as c }` exports `a` by its own name, and `b` not. */
function exportedByList(file: TypeScript.SourceFile): string[] {
  return file.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier || !statement.exportClause) return [];
    if (!ts.isNamedExports(statement.exportClause)) return [];
    return statement.exportClause.elements.flatMap(({ name, propertyName }) => (propertyName ? [] : [name.text]));
  });
}

/** Names that the cell adds to all others' by `declare global`, and where they stand. */
export function globalNames(file: TypeScript.SourceFile): Map<string, Place[]> {
  const names = new Map<string, Place[]>();
  for (const statement of file.statements) {
    if (!ts.isModuleDeclaration(statement) || (statement.flags & ts.NodeFlags.GlobalAugmentation) === 0) continue;
    const { body } = statement;
    if (!body || !ts.isModuleBlock(body)) continue;
    for (const inner of body.statements) {
      const declared = ts.isVariableStatement(inner)
        ? inner.declarationList.declarations.map(({ name }) => name)
        : [ts.getNameOfDeclaration(inner as never)];
      for (const name of declared) {
        if (!name || !ts.isIdentifier(name)) continue;
        names.set(name.text, [...(names.get(name.text) ?? []), { start: name.getStart(file), end: name.end, form: "plain" }]);
      }
    }
  }
  return names;
}

/** Whether it changes what all cells see, though it may declare no name of its own. */
export function augments(file: TypeScript.SourceFile): boolean {
  return file.statements.some(
    (statement) =>
      ts.isModuleDeclaration(statement) && !(ts.isIdentifier(statement.name) && (statement.flags & ts.NodeFlags.GlobalAugmentation) === 0),
  );
}
