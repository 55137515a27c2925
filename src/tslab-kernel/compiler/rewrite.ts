/**
 * A cell as it runs: declarations of its top level become assignments to the notebook's variables (homes.ts), imports become calls that import,
 * `await` learns to stop, and the last expression is what the cell gives. All within functions and blocks stays as written.
 */
import { isBuiltin } from "./builtins.ts";
import { homeOf, kernelObject } from "./homes.ts";
import { toAssignmentTarget } from "./patterns.ts";
import { ts, type TypeScript } from "./typescript.ts";

export interface Rewriting {
  transformer: TypeScript.TransformerFactory<TypeScript.SourceFile>;
  /** Filled while it runs: the variables that the cell assigns to. */
  assigned: Set<string>;
  /** Whether the cell awaits, or imports, outside of functions. */
  awaits: boolean;
}

/** @param length Where the cell's own text ends in its document. */
export function rewriting(checker: TypeScript.TypeChecker, length: number): Rewriting {
  const result: Rewriting = {
    assigned: new Set(),
    awaits: false,
    transformer: (context) => (file) => new CellRewriter(context, checker, file, length, result).rewrite(),
  };
  return result;
}

type Statements = TypeScript.Statement[];

class CellRewriter {
  readonly #context: TypeScript.TransformationContext;
  readonly #checker: TypeScript.TypeChecker;
  readonly #file: TypeScript.SourceFile;
  readonly #length: number;
  readonly #result: Rewriting;
  readonly #locals: Map<string, TypeScript.Symbol>;
  /** Classes, enums and namespaces around the node that is visited: within its body each has its own name. */
  readonly #ownNames: string[] = [];
  #functionDepth = 0;

  constructor(
    context: TypeScript.TransformationContext,
    checker: TypeScript.TypeChecker,
    file: TypeScript.SourceFile,
    length: number,
    result: Rewriting,
  ) {
    this.#context = context;
    this.#checker = checker;
    this.#file = file;
    this.#length = length;
    this.#result = result;
    this.#locals = (file as unknown as { locals: Map<string, TypeScript.Symbol> }).locals;
  }

  get #factory(): TypeScript.NodeFactory {
    return this.#context.factory;
  }

  rewrite(): TypeScript.SourceFile {
    const own = this.#file.statements.filter((statement) => statement.getStart(this.#file) < this.#length);
    // Functions are there before the first statement runs, imports before all others.
    const functions = own.filter((statement) => ts.isFunctionDeclaration(statement)).flatMap((statement) => this.#function(statement));
    const imports = own.filter((statement) => ts.isImportDeclaration(statement)).flatMap((statement) => this.#import(statement));
    const last = own.findLast((statement) => !ts.isEmptyStatement(statement));
    const rest = own.flatMap((statement) => (statement === last ? this.#lastStatement(statement) : this.#statement(statement)));
    return this.#factory.updateSourceFile(this.#file, [...functions, ...imports, ...rest]);
  }

  #lastStatement(statement: TypeScript.Statement): Statements {
    if (!ts.isExpressionStatement(statement)) return this.#statement(statement);
    return [this.#give(statement.expression, statement)];
  }

  /** In an object, so that a promise is given as such and not awaited. */
  #give(expression: TypeScript.Expression, original: TypeScript.Node): TypeScript.Statement {
    const value = this.#factory.createPropertyAssignment("value", this.#expression(expression));
    return this.#from(this.#factory.createReturnStatement(this.#factory.createObjectLiteralExpression([value])), original);
  }

  #statement(statement: TypeScript.Statement): Statements {
    if (ts.isFunctionDeclaration(statement) || ts.isImportDeclaration(statement)) return [];
    if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return [];
    if (ts.isVariableStatement(statement)) return this.#variables(statement);
    if (ts.isClassDeclaration(statement)) return this.#class(statement);
    if (ts.isEnumDeclaration(statement)) return this.#withLocal(this.#visit(statement) as TypeScript.Statement, statement.name.text);
    if (ts.isModuleDeclaration(statement)) return this.#namespace(statement);
    if (ts.isImportEqualsDeclaration(statement)) return this.#importEquals(statement);
    if (ts.isExportAssignment(statement)) return this.#evaluated(this.#expression(statement.expression), statement);
    if (ts.isExportDeclaration(statement)) {
      const { moduleSpecifier, isTypeOnly } = statement;
      return moduleSpecifier && !isTypeOnly ? this.#evaluated(this.#importCall(moduleSpecifier), statement) : [];
    }
    return [this.#visit(statement) as TypeScript.Statement];
  }

  // Declarations

  #function(declaration: TypeScript.FunctionDeclaration): Statements {
    if (!declaration.body) return []; // an overload's signature
    const { asteriskToken, typeParameters, parameters, type, body } = this.#visit(declaration) as TypeScript.FunctionDeclaration;
    const modifiers = declaration.modifiers?.filter((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword);
    const text = declaration.name?.text;
    if (text !== undefined && this.#isMerged(declaration.name!)) {
      const name = this.#factory.createIdentifier(text);
      const local = this.#factory.createFunctionDeclaration(modifiers, asteriskToken, name, typeParameters, parameters, type, body);
      return this.#withLocal(this.#from(local, declaration), text);
    }
    const expression = this.#factory.createFunctionExpression(
      modifiers as TypeScript.Modifier[] | undefined,
      asteriskToken,
      text === undefined ? undefined : this.#factory.createIdentifier(text),
      typeParameters,
      parameters,
      type,
      body!,
    );
    return text === undefined ? [] : [this.#assign(text, this.#from(expression, declaration), declaration)];
  }

  #class(declaration: TypeScript.ClassDeclaration): Statements {
    const visited = this.#visit(declaration) as TypeScript.ClassDeclaration;
    const { typeParameters, heritageClauses, members } = visited;
    const text = declaration.name?.text;
    const decorators = ts.getDecorators(declaration)?.length ? (ts.getDecorators(visited) ?? []) : [];
    const name = text === undefined ? undefined : this.#factory.createIdentifier(text);
    if (text !== undefined && (decorators.length > 0 || this.#isMerged(declaration.name!))) {
      const local = this.#factory.createClassDeclaration(decorators, name, typeParameters, heritageClauses, members);
      return this.#withLocal(this.#from(local, declaration), text);
    }
    const expression = this.#from(this.#factory.createClassExpression(decorators, name, typeParameters, heritageClauses, members), declaration);
    return text === undefined ? this.#evaluated(expression, declaration) : [this.#assign(text, expression, declaration)];
  }

  #namespace(declaration: TypeScript.ModuleDeclaration): Statements {
    if (!ts.isIdentifier(declaration.name) || (declaration.flags & ts.NodeFlags.GlobalAugmentation) !== 0) return [];
    const symbol = this.#checker.getSymbolAtLocation(declaration.name);
    const visited = this.#visit(declaration) as TypeScript.Statement;
    return symbol && (symbol.flags & ts.SymbolFlags.ValueModule) !== 0 ? this.#withLocal(visited, declaration.name.text) : [];
  }

  /** A declaration that stays one, and its value given to the notebook. */
  #withLocal(statement: TypeScript.Statement, name: string): Statements {
    const local = withoutExport(this.#factory, statement);
    return [local, this.#assign(name, this.#factory.createIdentifier(name), statement)];
  }

  /** One name, several declarations that add to each other, as a function and a namespace do. */
  #isMerged(name: TypeScript.Identifier): boolean {
    const declarations = this.#checker.getSymbolAtLocation(name)?.declarations ?? [];
    return declarations.some((declaration) => ts.isModuleDeclaration(declaration) || ts.isEnumDeclaration(declaration));
  }

  #variables(statement: TypeScript.VariableStatement): Statements {
    const { declarationList } = statement;
    const isUsing = (declarationList.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using || (declarationList.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing;
    if (isUsing) return this.#using(statement);
    const isVar = (declarationList.flags & ts.NodeFlags.BlockScoped) === 0;
    return declarationList.declarations.flatMap((declaration) => {
      const { name, initializer } = declaration;
      if (!initializer && isVar) return [];
      const value = initializer ? this.#expression(initializer) : this.#factory.createVoidZero();
      if (ts.isIdentifier(name)) return [this.#assign(name.text, nameFunction(this.#factory, name.text, initializer, value), declaration)];
      return this.#evaluated(this.#destructure(name, value), declaration);
    });
  }

  /** Disposed of when the cell ends; `using` needs variables of its own. */
  #using(statement: TypeScript.VariableStatement): Statements {
    if ((statement.declarationList.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) this.#noteAwait();
    const names = statement.declarationList.declarations.map(({ name }) => (name as TypeScript.Identifier).text);
    const declarations = statement.declarationList.declarations.map((declaration) =>
      this.#factory.updateVariableDeclaration(declaration, this.#factory.createIdentifier((declaration.name as TypeScript.Identifier).text), undefined, undefined, this.#expression(declaration.initializer!)),
    );
    const local = this.#factory.createVariableStatement(undefined, this.#factory.createVariableDeclarationList(declarations, statement.declarationList.flags));
    return [this.#from(local, statement), ...names.map((name) => this.#assign(name, this.#factory.createIdentifier(name), statement))];
  }

  #destructure(pattern: TypeScript.BindingPattern, value: TypeScript.Expression): TypeScript.Expression {
    const target = toAssignmentTarget(this.#factory, pattern, (name) => this.#home(name), (expression) => this.#expression(expression));
    return this.#factory.createAssignment(target, value);
  }

  // Imports

  #import(declaration: TypeScript.ImportDeclaration): Statements {
    const { importClause, moduleSpecifier } = declaration;
    if (!importClause) return this.#evaluated(this.#importCall(moduleSpecifier), declaration);
    if (importClause.isTypeOnly) return [];
    const { name, namedBindings } = importClause;
    const statements: Statements = [];
    const wanted: [exported: string, name: string][] = name && this.#isValue(name) ? [["default", name.text]] : [];
    if (namedBindings && ts.isNamedImports(namedBindings)) {
      for (const specifier of namedBindings.elements) {
        if (!specifier.isTypeOnly && this.#isValue(specifier.name)) wanted.push([(specifier.propertyName ?? specifier.name).text, specifier.name.text]);
      }
    }
    if (namedBindings && ts.isNamespaceImport(namedBindings)) {
      statements.push(this.#assign(namedBindings.name.text, this.#importCall(moduleSpecifier), declaration));
    }
    if (wanted.length > 0) {
      const exports = this.#factory.createArrayLiteralExpression(wanted.map(([exported]) => this.#factory.createStringLiteral(exported)));
      const target = this.#factory.createArrayLiteralExpression(wanted.map(([, own]) => this.#home(own)));
      statements.push(...this.#evaluated(this.#factory.createAssignment(target, this.#importCall(moduleSpecifier, exports)), declaration));
    }
    return statements;
  }

  /** What is not known to be a type alone is asked for: a package without declarations has values, too. */
  #isValue(name: TypeScript.Identifier): boolean {
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (!symbol || (symbol.flags & ts.SymbolFlags.Alias) === 0) return true;
    const target = this.#checker.getAliasedSymbol(symbol);
    return target.flags === 0 || (target.flags & ts.SymbolFlags.Value) !== 0 || (target.flags & ts.SymbolFlags.Type) === 0;
  }

  #importEquals(declaration: TypeScript.ImportEqualsDeclaration): Statements {
    const { moduleReference, name } = declaration;
    if (declaration.isTypeOnly || !this.#isValue(name)) return [];
    const value = ts.isExternalModuleReference(moduleReference)
      ? this.#call("require", moduleReference.expression)
      : this.#entity(moduleReference);
    return [this.#assign(name.text, value, declaration)];
  }

  #entity(name: TypeScript.EntityName): TypeScript.Expression {
    return ts.isIdentifier(name) ? this.#expression(name) : this.#factory.createPropertyAccessExpression(this.#entity(name.left), name.right.text);
  }

  #importCall(specifier: TypeScript.Expression, exports?: TypeScript.Expression): TypeScript.Expression {
    this.#noteAwait();
    return this.#factory.createAwaitExpression(this.#call("import", specifier, ...(exports ? [exports] : [])));
  }

  // Expressions

  #expression(expression: TypeScript.Expression): TypeScript.Expression {
    return this.#visit(expression) as TypeScript.Expression;
  }

  #visit = (node: TypeScript.Node): TypeScript.Node => {
    if (ts.isIdentifier(node)) return this.#reference(node);
    if (ts.isExpressionWithTypeArguments(node)) return ts.visitEachChild(node, this.#visit, this.#context);
    if (ts.isTypeNode(node)) return node;
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isForOfStatement(node)) return this.#forOf(node);
    if (ts.isForInStatement(node) || ts.isForStatement(node)) return this.#for(node);
    if (ts.isVariableStatement(node)) return this.#nestedVariables(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return this.#kernelProperty("meta");
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      return this.#call("import", ...node.arguments.slice(0, 1).map((argument) => this.#expression(argument)));
    }
    if (ts.isClassLike(node) || ts.isEnumDeclaration(node)) return this.#inBody(node);
    if (ts.isModuleDeclaration(node)) return this.#inBody(node, () => this.#inFunction(node));
    return ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) ? this.#inFunction(node) : ts.visitEachChild(node, this.#visit, this.#context);
  };

  #inFunction(node: TypeScript.Node): TypeScript.Node {
    this.#functionDepth++;
    const visited = ts.visitEachChild(node, this.#visit, this.#context);
    this.#functionDepth--;
    return visited;
  }

  #inBody(
    node: TypeScript.ClassLikeDeclaration | TypeScript.EnumDeclaration | TypeScript.ModuleDeclaration,
    visit: () => TypeScript.Node = () => ts.visitEachChild(node, this.#visit, this.#context),
  ): TypeScript.Node {
    const isTopLevel = node.parent === this.#file && node.name !== undefined;
    if (isTopLevel) this.#ownNames.push(node.name.text);
    const visited = visit();
    if (isTopLevel) this.#ownNames.pop();
    return visited;
  }

  #reference(node: TypeScript.Identifier): TypeScript.Node {
    if (!this.#locals.has(node.text) && !isBuiltin(node.text)) return node;
    if (this.#ownNames.includes(node.text)) return node;
    const symbol = this.#checker.getSymbolAtLocation(node);
    if (this.#isNotebooks(node.text, symbol)) return this.#from(this.#factory.createIdentifier(homeOf(node.text)), node);
    return isBuiltin(node.text) && isGlobal(symbol) && !isName(node) ? this.#from(this.#kernelProperty(node.text), node) : node;
  }

  #shorthand(node: TypeScript.ShorthandPropertyAssignment): TypeScript.Node {
    const { name, objectAssignmentInitializer } = node;
    const symbol = this.#checker.getShorthandAssignmentValueSymbol(node);
    const isNotebooks = this.#isNotebooks(name.text, symbol) && !this.#ownNames.includes(name.text);
    const target = isNotebooks
      ? this.#factory.createIdentifier(homeOf(name.text))
      : isBuiltin(name.text) && isGlobal(symbol)
        ? this.#kernelProperty(name.text)
        : undefined;
    if (!target) return ts.visitEachChild(node, (child) => (child === name ? child : this.#visit(child)), this.#context);
    const value = objectAssignmentInitializer ? this.#factory.createAssignment(target, this.#expression(objectAssignmentInitializer)) : target;
    return this.#from(this.#factory.createPropertyAssignment(name.text, value), node);
  }

  /** Whether the symbol is a top-level one of this cell, or one that it has from another. */
  #isNotebooks(name: string, symbol: TypeScript.Symbol | undefined): boolean {
    const local = this.#locals.get(name);
    return local !== undefined && symbol !== undefined && (symbol === local || symbol === (local as { exportSymbol?: TypeScript.Symbol }).exportSymbol);
  }

  /** `resume(await pause(x))`: a cell that was interrupted goes no further than its next await. */
  #await(node: TypeScript.AwaitExpression): TypeScript.Node {
    this.#noteAwait();
    const awaited = this.#factory.createAwaitExpression(this.#call("pause", this.#expression(node.expression)));
    return this.#from(this.#call("resume", this.#from(awaited, node)), node);
  }

  #noteAwait(): void {
    if (this.#functionDepth === 0) this.#result.awaits = true;
  }

  // `var` outside of functions, wherever it stands

  #isVarOfCell(list: TypeScript.Node | undefined): list is TypeScript.VariableDeclarationList {
    return list !== undefined && ts.isVariableDeclarationList(list) && (list.flags & ts.NodeFlags.BlockScoped) === 0 && this.#functionDepth === 0 && this.#ownNames.length === 0;
  }

  #nestedVariables(node: TypeScript.VariableStatement): TypeScript.Node {
    const isDeclared = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
    if (isDeclared || !this.#isVarOfCell(node.declarationList)) return ts.visitEachChild(node, this.#visit, this.#context);
    const expression = this.#assignments(node.declarationList);
    return expression ? this.#from(this.#factory.createExpressionStatement(expression), node) : this.#factory.createEmptyStatement();
  }

  #assignments(list: TypeScript.VariableDeclarationList): TypeScript.Expression | undefined {
    const parts = list.declarations.flatMap(({ name, initializer }) => {
      if (!initializer) {
        if (ts.isIdentifier(name)) this.#result.assigned.add(name.text);
        return [];
      }
      const value = this.#expression(initializer);
      return [ts.isIdentifier(name) ? this.#factory.createAssignment(this.#home(name.text), value) : this.#destructure(name, value)];
    });
    return parts.length === 0 ? undefined : parts.length === 1 ? parts[0] : this.#factory.createParenthesizedExpression(this.#factory.createCommaListExpression(parts));
  }

  #for(node: TypeScript.ForStatement | TypeScript.ForInStatement): TypeScript.Node {
    const { initializer } = node;
    if (!this.#isVarOfCell(initializer)) return ts.visitEachChild(node, this.#visit, this.#context);
    if (ts.isForInStatement(node)) {
      return this.#factory.updateForInStatement(node, this.#loopTarget(initializer), this.#expression(node.expression), this.#visit(node.statement) as TypeScript.Statement);
    }
    const condition = node.condition && this.#expression(node.condition);
    const incrementor = node.incrementor && this.#expression(node.incrementor);
    return this.#factory.updateForStatement(node, this.#assignments(initializer), condition, incrementor, this.#visit(node.statement) as TypeScript.Statement);
  }

  #forOf(node: TypeScript.ForOfStatement): TypeScript.Node {
    const { initializer, awaitModifier } = node;
    const target = this.#isVarOfCell(initializer) ? this.#loopTarget(initializer) : (this.#visit(initializer) as TypeScript.ForInitializer);
    const expression = this.#expression(node.expression);
    const body = this.#visit(node.statement) as TypeScript.Statement;
    if (!awaitModifier) return this.#factory.updateForOfStatement(node, undefined, target, expression, body);
    this.#noteAwait();
    const goesOn = this.#factory.createExpressionStatement(this.#call("resume"));
    const statements = ts.isBlock(body) ? body.statements : [body];
    return this.#factory.updateForOfStatement(node, awaitModifier, target, expression, this.#factory.createBlock([goesOn, ...statements], true));
  }

  #loopTarget(list: TypeScript.VariableDeclarationList): TypeScript.Expression {
    const { name } = list.declarations[0]!;
    return ts.isIdentifier(name)
      ? this.#home(name.text)
      : toAssignmentTarget(this.#factory, name, (text) => this.#home(text), (expression) => this.#expression(expression));
  }

  // Parts

  #home(name: string): TypeScript.Identifier {
    this.#result.assigned.add(name);
    return this.#factory.createIdentifier(homeOf(name));
  }

  #assign(name: string, value: TypeScript.Expression, original: TypeScript.Node): TypeScript.Statement {
    return this.#from(this.#factory.createExpressionStatement(this.#factory.createAssignment(this.#home(name), value)), original);
  }

  #evaluated(expression: TypeScript.Expression, original: TypeScript.Node): Statements {
    const isObject = ts.isObjectLiteralExpression(expression) || (ts.isBinaryExpression(expression) && ts.isObjectLiteralExpression(expression.left));
    const whole = isObject ? this.#factory.createParenthesizedExpression(expression) : expression;
    return [this.#from(this.#factory.createExpressionStatement(whole), original)];
  }

  #kernelProperty(name: string): TypeScript.Expression {
    return this.#factory.createPropertyAccessExpression(this.#factory.createIdentifier(kernelObject), name);
  }

  #call(name: string, ...parameters: TypeScript.Expression[]): TypeScript.Expression {
    return this.#factory.createCallExpression(this.#kernelProperty(name), undefined, parameters);
  }

  /** Stacks point to the original's place. */
  #from<T extends TypeScript.Node>(node: T, original: TypeScript.Node): T {
    return ts.setOriginalNode(ts.setTextRange(node, original), original);
  }
}

/** A function or class without a name takes that of its variable, as it would by its declaration. */
function nameFunction(
  factory: TypeScript.NodeFactory,
  name: string,
  initializer: TypeScript.Expression | undefined,
  value: TypeScript.Expression,
): TypeScript.Expression {
  const plain = initializer && withoutWrapping(initializer);
  const isNameless = plain && (ts.isArrowFunction(plain) || ((ts.isFunctionExpression(plain) || ts.isClassExpression(plain)) && !plain.name));
  if (!isNameless) return value;
  const object = factory.createObjectLiteralExpression([factory.createPropertyAssignment(factory.createComputedPropertyName(factory.createStringLiteral(name)), value)]);
  return factory.createElementAccessExpression(factory.createParenthesizedExpression(object), factory.createStringLiteral(name));
}

function withoutWrapping(expression: TypeScript.Expression): TypeScript.Expression {
  const isWrapped = ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression);
  return isWrapped ? withoutWrapping(expression.expression) : expression;
}

function withoutExport(factory: TypeScript.NodeFactory, statement: TypeScript.Statement): TypeScript.Statement {
  if (!ts.canHaveModifiers(statement)) return statement;
  const modifiers = statement.modifiers?.filter(({ kind }) => kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword);
  if (ts.isEnumDeclaration(statement)) {
    const kept = modifiers?.filter((modifier) => modifier.kind !== ts.SyntaxKind.ConstKeyword) as TypeScript.Modifier[] | undefined;
    return factory.updateEnumDeclaration(statement, kept, statement.name, statement.members);
  }
  if (ts.isModuleDeclaration(statement)) {
    return factory.updateModuleDeclaration(statement, modifiers as TypeScript.Modifier[] | undefined, statement.name, statement.body);
  }
  return statement;
}

/** Declared by the kernel or by Node for all scripts: no name of a module, a function or a block. */
function isGlobal(symbol: TypeScript.Symbol | undefined): boolean {
  return symbol?.declarations?.every((declaration) => declaration.getSourceFile().isDeclarationFile) === true;
}

/** The name of a property or a label, which only looks like a variable. */
function isName(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ((ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isGetAccessor(parent) || ts.isSetAccessor(parent)) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}
