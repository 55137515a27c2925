/** A cell's top-level declarations, as assignments to the notebook's variables. */
import { ts, type TypeScript } from "../typescript.ts";
import { StatementRewriter } from "./statement-rewriter.ts";

type Statements = TypeScript.Statement[];

export class DeclarationRewriter extends StatementRewriter {
  function(declaration: TypeScript.FunctionDeclaration): Statements {
    if (!declaration.body) return []; // an overload's signature
    const { asteriskToken, typeParameters, parameters, type, body } = this.code.visit(declaration) as TypeScript.FunctionDeclaration;
    const modifiers = declaration.modifiers?.filter((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword);
    const text = declaration.name?.text;
    if (text !== undefined && this.scope.isMerged(declaration.name!)) {
      const name = this.nodes.factory.createIdentifier(text);
      const local = this.nodes.factory.createFunctionDeclaration(modifiers, asteriskToken, name, typeParameters, parameters, type, body);
      return this.#withLocal(this.nodes.from(local, declaration), text);
    }
    const expression = this.nodes.factory.createFunctionExpression(
      modifiers as TypeScript.Modifier[] | undefined,
      asteriskToken,
      text === undefined ? undefined : this.nodes.factory.createIdentifier(text),
      typeParameters,
      parameters,
      type,
      body!,
    );
    return text === undefined ? [] : [this.nodes.assign(text, this.nodes.from(expression, declaration), declaration)];
  }

  class(declaration: TypeScript.ClassDeclaration): Statements {
    const visited = this.code.visit(declaration) as TypeScript.ClassDeclaration;
    const { typeParameters, heritageClauses, members } = visited;
    const text = declaration.name?.text;
    const decorators = ts.getDecorators(declaration)?.length ? (ts.getDecorators(visited) ?? []) : [];
    const name = text === undefined ? undefined : this.nodes.factory.createIdentifier(text);
    if (text !== undefined && (decorators.length > 0 || this.scope.isMerged(declaration.name!))) {
      const local = this.nodes.factory.createClassDeclaration(decorators, name, typeParameters, heritageClauses, members);
      return this.#withLocal(this.nodes.from(local, declaration), text);
    }
    const expression = this.nodes.from(
      this.nodes.factory.createClassExpression(decorators, name, typeParameters, heritageClauses, members),
      declaration,
    );
    return text === undefined ? this.nodes.evaluated(expression, declaration) : [this.nodes.assign(text, expression, declaration)];
  }

  enum(declaration: TypeScript.EnumDeclaration): Statements {
    return this.#withLocal(this.code.visit(declaration) as TypeScript.Statement, declaration.name.text);
  }

  namespace(declaration: TypeScript.ModuleDeclaration): Statements {
    if (!ts.isIdentifier(declaration.name) || (declaration.flags & ts.NodeFlags.GlobalAugmentation) !== 0) return [];
    const visited = this.code.visit(declaration) as TypeScript.Statement;
    return this.scope.hasValue(declaration.name) ? this.#withLocal(visited, declaration.name.text) : [];
  }

  variables(statement: TypeScript.VariableStatement): Statements {
    const { declarationList } = statement;
    const isUsing =
      (declarationList.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using ||
      (declarationList.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing;
    if (isUsing) return this.#using(statement);
    const isVar = (declarationList.flags & ts.NodeFlags.BlockScoped) === 0;
    return declarationList.declarations.flatMap((declaration) => {
      const { name, initializer } = declaration;
      if (!initializer && isVar) {
        this.nodes.noteNames(name);
        return [];
      }
      const value = initializer ? this.code.expression(initializer) : this.nodes.factory.createVoidZero();
      if (ts.isIdentifier(name)) return [this.nodes.assign(name.text, this.nodes.named(name.text, initializer, value), declaration)];
      return this.nodes.evaluated(this.code.destructure(name, value), declaration);
    });
  }

  /** Disposed of when the cell ends; `using` needs variables of its own. */
  #using(statement: TypeScript.VariableStatement): Statements {
    if ((statement.declarationList.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) this.code.noteAwait();
    const names = statement.declarationList.declarations.map(({ name }) => (name as TypeScript.Identifier).text);
    const declarations = statement.declarationList.declarations.map((declaration) =>
      this.nodes.factory.updateVariableDeclaration(
        declaration,
        this.nodes.factory.createIdentifier((declaration.name as TypeScript.Identifier).text),
        undefined,
        undefined,
        this.code.expression(declaration.initializer!),
      ),
    );
    const local = this.nodes.factory.createVariableStatement(
      undefined,
      this.nodes.factory.createVariableDeclarationList(declarations, statement.declarationList.flags),
    );
    return [
      this.nodes.from(local, statement),
      ...names.map((name) => this.nodes.assign(name, this.nodes.factory.createIdentifier(name), statement)),
    ];
  }

  /** A declaration that stays one, and its value given to the notebook. */
  #withLocal(statement: TypeScript.Statement, name: string): Statements {
    const local = withoutExport(this.nodes.factory, statement);
    return [local, this.nodes.assign(name, this.nodes.factory.createIdentifier(name), statement)];
  }
}

function withoutExport(factory: TypeScript.NodeFactory, statement: TypeScript.Statement): TypeScript.Statement {
  if (!ts.canHaveModifiers(statement)) return statement;
  const modifiers = statement.modifiers?.filter(
    ({ kind }) => kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword,
  );
  if (ts.isEnumDeclaration(statement)) {
    const kept = modifiers?.filter((modifier) => modifier.kind !== ts.SyntaxKind.ConstKeyword) as TypeScript.Modifier[] | undefined;
    return factory.updateEnumDeclaration(statement, kept, statement.name, statement.members);
  }
  if (ts.isModuleDeclaration(statement)) {
    return factory.updateModuleDeclaration(statement, modifiers as TypeScript.Modifier[] | undefined, statement.name, statement.body);
  }
  return statement;
}
