/** What a name is, in the words that JupyterLab's completer shows beside it. */
import { ts, type TypeScript } from "../typescript.ts";

export type Kind =
  | "function"
  | "class"
  | "interface"
  | "type"
  | "enum"
  | "constant"
  | "variable"
  | "parameter"
  | "method"
  | "property"
  | "module"
  | "path"
  | "keyword"
  | "label"
  | "text";

/** Of what has no symbol, or none that says more. */
const byElement: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [ts.ScriptElementKind.keyword, "keyword"],
  [ts.ScriptElementKind.string, "text"],
  [ts.ScriptElementKind.directory, "path"],
  [ts.ScriptElementKind.scriptElement, "module"],
  [ts.ScriptElementKind.externalModuleName, "module"],
  [ts.ScriptElementKind.label, "label"],
  [ts.ScriptElementKind.parameterElement, "parameter"],
  [ts.ScriptElementKind.primitiveType, "type"],
  [ts.ScriptElementKind.memberFunctionElement, "method"],
  [ts.ScriptElementKind.memberVariableElement, "property"],
  [ts.ScriptElementKind.constElement, "constant"],
]);

export const kindOfElement = (kind: TypeScript.ScriptElementKind): Kind => byElement.get(kind) ?? "variable";

/** The first flag that a symbol has says what it is: one that is a class and a namespace is a class. */
const byFlag: readonly (readonly [flag: TypeScript.SymbolFlags, kind: Kind])[] = [
  [ts.SymbolFlags.Class, "class"],
  [ts.SymbolFlags.Function, "function"],
  [ts.SymbolFlags.Enum, "enum"],
  [ts.SymbolFlags.EnumMember, "constant"],
  [ts.SymbolFlags.Method, "method"],
  [ts.SymbolFlags.Accessor | ts.SymbolFlags.Property, "property"],
  [ts.SymbolFlags.BlockScopedVariable | ts.SymbolFlags.FunctionScopedVariable, "variable"],
  [ts.SymbolFlags.Interface, "interface"],
  [ts.SymbolFlags.TypeAlias | ts.SymbolFlags.TypeParameter, "type"],
  [ts.SymbolFlags.ValueModule | ts.SymbolFlags.NamespaceModule, "module"],
];

export function kindOfSymbol(symbol: TypeScript.Symbol): Kind {
  const kind = byFlag.find(([flag]) => (symbol.flags & flag) !== 0)?.[1] ?? "variable";
  const declaration = symbol.valueDeclaration;
  if (kind !== "variable" || !declaration) return kind;
  if (ts.isParameter(declaration)) return "parameter";
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0 ? "constant" : kind;
}

export function unaliased(symbol: TypeScript.Symbol, checker: TypeScript.TypeChecker): TypeScript.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}
