/**
 * A cell as it runs: declarations of its top level become assignments to the notebook's variables (homes.ts), imports become calls that import,
 * `await` learns to stop, and the last expression becomes the cell's value. All within functions and blocks stays as written.
 */
import { ts, type TypeScript } from "../typescript.ts";
import { CodeRewriter } from "./code.ts";
import { DeclarationRewriter } from "./declarations.ts";
import { ImportRewriter } from "./imports.ts";
import { Nodes, type Noted } from "./nodes.ts";
import { Scope } from "./scope.ts";

export interface Rewriting extends Noted {
  /** Fills the rest while it runs. */
  transformer: TypeScript.TransformerFactory<TypeScript.SourceFile>;
}

export interface RewritingOptions {
  /** Where the cell's own text ends in its document. */
  length: number;
  /** Whether a name of the notebook is a global that a cell has only declared. */
  isAmbient: (name: string) => boolean;
}

export function rewriting(checker: TypeScript.TypeChecker, { length, isAmbient }: RewritingOptions): Rewriting {
  const result: Rewriting = {
    assigned: new Set(),
    awaits: false,
    imports: [],
    transformer: (context) => (file) => new CellRewriter(context, checker, file, result, isAmbient).rewrite(length),
  };
  return result;
}

type Statements = TypeScript.Statement[];

class CellRewriter {
  readonly #file: TypeScript.SourceFile;
  readonly #nodes: Nodes;
  readonly #code: CodeRewriter;
  readonly #declarations: DeclarationRewriter;
  readonly #imports: ImportRewriter;

  constructor(
    context: TypeScript.TransformationContext,
    checker: TypeScript.TypeChecker,
    file: TypeScript.SourceFile,
    noted: Noted,
    isAmbient: (name: string) => boolean,
  ) {
    this.#file = file;
    this.#nodes = new Nodes(context.factory, noted);
    const scope = new Scope(this.#nodes, checker, file, isAmbient);
    this.#code = new CodeRewriter(context, file, this.#nodes, scope);
    this.#declarations = new DeclarationRewriter(this.#nodes, scope, this.#code);
    this.#imports = new ImportRewriter(this.#nodes, scope, this.#code);
  }

  rewrite(length: number): TypeScript.SourceFile {
    const own = this.#file.statements.filter((statement) => statement.getStart(this.#file) < length);
    // Functions are there before the first statement runs, imports before all others.
    const functions = own.flatMap((statement) => (ts.isFunctionDeclaration(statement) ? this.#declarations.function(statement) : []));
    const imports = own.flatMap((statement) => (ts.isImportDeclaration(statement) ? this.#imports.declaration(statement) : []));
    const last = own.findLast((statement) => !ts.isEmptyStatement(statement));
    const rest = own.flatMap((statement) => (statement === last ? this.#lastStatement(statement) : this.#statement(statement)));
    return this.#nodes.factory.updateSourceFile(this.#file, [...functions, ...imports, ...rest]);
  }

  /** A value is given in an object, so that a promise is given as such and not awaited. */
  #lastStatement(statement: TypeScript.Statement): Statements {
    if (!ts.isExpressionStatement(statement)) return this.#statement(statement);
    const { factory } = this.#nodes;
    const value = factory.createPropertyAssignment("value", this.#code.expression(statement.expression));
    return [this.#nodes.from(factory.createReturnStatement(factory.createObjectLiteralExpression([value])), statement)];
  }

  #statement(statement: TypeScript.Statement): Statements {
    if (ts.isFunctionDeclaration(statement) || ts.isImportDeclaration(statement)) return []; // they came first
    if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return [];
    if (ts.isVariableStatement(statement)) return this.#declarations.variables(statement);
    if (ts.isClassDeclaration(statement)) return this.#declarations.class(statement);
    if (ts.isEnumDeclaration(statement)) return this.#declarations.enum(statement);
    if (ts.isModuleDeclaration(statement)) return this.#declarations.namespace(statement);
    if (ts.isImportEqualsDeclaration(statement)) return this.#imports.equals(statement);
    if (ts.isExportAssignment(statement)) return this.#nodes.evaluated(this.#code.expression(statement.expression), statement);
    if (ts.isExportDeclaration(statement)) {
      const { moduleSpecifier, isTypeOnly } = statement;
      return moduleSpecifier && !isTypeOnly ? this.#nodes.evaluated(this.#imports.call(moduleSpecifier), statement) : [];
    }
    return [this.#code.visit(statement) as TypeScript.Statement];
  }
}
