/** Which identifiers of a cell are the notebook's names, and which are what the kernel gives to cells. */
import { isBuiltin } from "../builtins.ts";
import { homeOf } from "../homes.ts";
import { ts, type TypeScript } from "../typescript.ts";
import type { Nodes } from "./nodes.ts";

type Symbol = TypeScript.Symbol | undefined;

export class Scope {
  readonly #nodes: Nodes;
  readonly #checker: TypeScript.TypeChecker;
  readonly #locals: Map<string, TypeScript.Symbol>;
  readonly #isAmbient: (name: string) => boolean;
  /** Classes, enums and namespaces around the node that is visited: within its body each has its own name. */
  readonly #ownNames: string[] = [];

  /** @param isAmbient Whether a name of the notebook is a global that a cell has only declared. */
  constructor(nodes: Nodes, checker: TypeScript.TypeChecker, file: TypeScript.SourceFile, isAmbient: (name: string) => boolean) {
    this.#nodes = nodes;
    this.#isAmbient = isAmbient;
    this.#checker = checker;
    this.#locals = (file as unknown as { locals: Map<string, TypeScript.Symbol> }).locals;
  }

  get isInBody(): boolean {
    return this.#ownNames.length > 0;
  }

  /** Does the work while `name` stands for itself. */
  within<T>(name: string, work: () => T): T {
    this.#ownNames.push(name);
    const result = work();
    this.#ownNames.pop();
    return result;
  }

  identifier(node: TypeScript.Identifier): TypeScript.Node {
    if (!this.#local(node.text) && !isBuiltin(node.text)) return node;
    const target = isName(node) ? undefined : this.#target(node.text, this.#checker.getSymbolAtLocation(node));
    return target ? this.#nodes.from(target, node) : node;
  }

  /** What `{ x }` takes its value from, or gives it to, if that is not a name of the code around it. */
  shorthand(node: TypeScript.ShorthandPropertyAssignment): TypeScript.Expression | undefined {
    return this.#target(node.name.text, this.#checker.getShorthandAssignmentValueSymbol(node));
  }

  #target(name: string, symbol: Symbol): TypeScript.Expression | undefined {
    if (this.#ownNames.includes(name)) return undefined;
    if (this.#isNotebooks(name, symbol)) return this.#nodes.factory.createIdentifier(homeOf(name));
    return isBuiltin(name) && isGlobal(symbol) ? this.#nodes.kernelProperty(name) : undefined;
  }

  /** TypeScript writes names that begin with two underscores with three. */
  #local(name: string): Symbol {
    return this.#locals.get(ts.escapeLeadingUnderscores(name) as string);
  }

  /** Whether the symbol is a top-level one of this cell, or one that it has from another. */
  #isNotebooks(name: string, symbol: Symbol): boolean {
    const local = this.#local(name);
    if (local === undefined || symbol === undefined || this.#isAmbient(name)) return false;
    return symbol === local || symbol === (local as { exportSymbol?: TypeScript.Symbol }).exportSymbol;
  }

  /** What is not known to be a type alone is asked for: a package without declarations has values, too. */
  isValue(name: TypeScript.Identifier): boolean {
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (!symbol || (symbol.flags & ts.SymbolFlags.Alias) === 0) return true;
    const target = this.#checker.getAliasedSymbol(symbol);
    if (isInlined(target)) return false;
    return target.flags === 0 || (target.flags & ts.SymbolFlags.Value) !== 0 || (target.flags & ts.SymbolFlags.Type) === 0;
  }

  /** One name, several declarations that add to each other, as a function and a namespace do. */
  isMerged(name: TypeScript.Identifier): boolean {
    const declarations = this.#checker.getSymbolAtLocation(name)?.declarations ?? [];
    return declarations.some((declaration) => ts.isModuleDeclaration(declaration) || ts.isEnumDeclaration(declaration));
  }

  /** Whether the namespace holds more than types. */
  hasValue(name: TypeScript.Identifier): boolean {
    return ((this.#checker.getSymbolAtLocation(name)?.flags ?? 0) & ts.SymbolFlags.ValueModule) !== 0;
  }
}

/** Declared by the kernel or by Node for all scripts: no name of a module, a function or a block. */
function isGlobal(symbol: Symbol): boolean {
  return symbol?.declarations?.every((declaration) => declaration.getSourceFile().isDeclarationFile) === true;
}

/** The name of a property or a label, which only looks like a variable. */
function isName(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ((ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isGetAccessor(parent) || ts.isSetAccessor(parent)) &&
      parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}

/** A constant enum of a declaration file has no value to import: its members are written out. */
function isInlined(symbol: TypeScript.Symbol): boolean {
  const isConstant = (symbol.flags & ts.SymbolFlags.Enum) === ts.SymbolFlags.ConstEnum;
  return isConstant && isGlobal(symbol);
}
