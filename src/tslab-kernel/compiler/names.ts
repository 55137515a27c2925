/** The names that a cell declares at its top level, found in its syntax tree alone. */
import { ts, type TypeScript } from "./typescript.ts";

/** How a name stands where it is declared, which says how to write another in its place. */
export type Place = { start: number; end: number; form: "plain" | "shorthand" | "specifier" };

export interface DeclaredName {
  /** A variable, if all it is is one; "other": functions, classes, enums, namespaces, types and imports. */
  kind: "let" | "const" | "other";
  /** `export` stands before its declaration. */
  isExported: boolean;
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

  const addVariables = (list: TypeScript.VariableDeclarationList, isExported: boolean): void => {
    const isFixed = (list.flags & ts.NodeFlags.Const) !== 0 || (list.flags & ts.NodeFlags.Using) !== 0;
    for (const { name } of list.declarations) addBinding(name, { kind: isFixed ? "const" : "let", isExported });
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
    const other: Omit<DeclaredName, "places"> = { kind: "other", isExported };
    if (ts.isVariableStatement(statement)) addVariables(statement.declarationList, isExported);
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
  return names;
}

/** Whether it changes what all cells see, though it may declare no name of its own. */
export function augments(file: TypeScript.SourceFile): boolean {
  return file.statements.some(
    (statement) =>
      ts.isModuleDeclaration(statement) && !(ts.isIdentifier(statement.name) && (statement.flags & ts.NodeFlags.GlobalAugmentation) === 0),
  );
}
