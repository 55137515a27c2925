/** All within a cell's statements: names, `await`, `import()`, and `var`, which belongs to the cell wherever it stands outside of functions. */
import { ts, type TypeScript } from "../typescript.ts";
import type { Nodes } from "./nodes.ts";
import { toAssignmentTarget } from "./patterns.ts";
import type { Scope } from "./scope.ts";

export class CodeRewriter {
  readonly #context: TypeScript.TransformationContext;
  readonly #file: TypeScript.SourceFile;
  readonly #nodes: Nodes;
  readonly #scope: Scope;
  #functionDepth = 0;

  constructor(context: TypeScript.TransformationContext, file: TypeScript.SourceFile, nodes: Nodes, scope: Scope) {
    this.#context = context;
    this.#file = file;
    this.#nodes = nodes;
    this.#scope = scope;
  }

  expression(expression: TypeScript.Expression): TypeScript.Expression {
    return this.visit(expression) as TypeScript.Expression;
  }

  visit = (node: TypeScript.Node): TypeScript.Node => {
    if (ts.isIdentifier(node)) return this.#scope.identifier(node);
    if (ts.isExpressionWithTypeArguments(node)) return ts.visitEachChild(node, this.visit, this.#context);
    if (ts.isTypeNode(node)) return node;
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left) && isAssignment(node.operatorToken.kind))
      return this.#assignment(node, node.left);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isForOfStatement(node)) return this.#forOf(node);
    if (ts.isForInStatement(node) || ts.isForStatement(node)) return this.#for(node);
    if (ts.isVariableStatement(node)) return this.#nestedVariables(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return this.#nodes.kernelProperty("meta");
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      return this.#nodes.call("import", ...node.arguments.slice(0, 1).map((argument) => this.expression(argument)));
    }
    if (ts.isClassLike(node) || ts.isEnumDeclaration(node)) return this.#inBody(node);
    if (ts.isModuleDeclaration(node)) return this.#inBody(node, () => this.#inFunction(node));
    return ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)
      ? this.#inFunction(node)
      : ts.visitEachChild(node, this.visit, this.#context);
  };

  #inFunction(node: TypeScript.Node): TypeScript.Node {
    this.#functionDepth++;
    const visited = ts.visitEachChild(node, this.visit, this.#context);
    this.#functionDepth--;
    return visited;
  }

  #inBody(
    node: TypeScript.ClassLikeDeclaration | TypeScript.EnumDeclaration | TypeScript.ModuleDeclaration,
    visit: () => TypeScript.Node = () => ts.visitEachChild(node, this.visit, this.#context),
  ): TypeScript.Node {
    const isTopLevel = node.parent === this.#file && node.name !== undefined;
    return isTopLevel ? this.#scope.within(node.name.text, visit) : visit();
  }

  #shorthand(node: TypeScript.ShorthandPropertyAssignment): TypeScript.Node {
    const { name, objectAssignmentInitializer } = node;
    const target = this.#scope.shorthand(node);
    if (!target) return ts.visitEachChild(node, (child) => (child === name ? child : this.visit(child)), this.#context);
    const initial = objectAssignmentInitializer && this.expression(objectAssignmentInitializer);
    const value = initial
      ? this.#nodes.factory.createAssignment(target, this.#nodes.named(name.text, objectAssignmentInitializer, initial))
      : target;
    return this.#nodes.from(this.#nodes.factory.createPropertyAssignment(name.text, value), node);
  }

  /** To a variable of the notebook, whose mark no function's name is to have. */
  #assignment(node: TypeScript.BinaryExpression, left: TypeScript.Identifier): TypeScript.Node {
    const target = this.#scope.identifier(left) as TypeScript.Expression;
    const right = this.expression(node.right);
    const value = target === left ? right : this.#nodes.named(left.text, node.right, right);
    return this.#nodes.factory.updateBinaryExpression(node, target, node.operatorToken, value);
  }

  /** `resume(await pause(x))`: a cell that was interrupted goes no further than its next await. */
  #await(node: TypeScript.AwaitExpression): TypeScript.Node {
    this.noteAwait();
    const awaited = this.#nodes.factory.createAwaitExpression(this.#nodes.call("pause", this.expression(node.expression)));
    return this.#nodes.from(this.#nodes.call("resume", this.#nodes.from(awaited, node)), node);
  }

  noteAwait(): void {
    if (this.#functionDepth === 0) this.#nodes.noted.awaits = true;
  }

  #isVarOfCell(list: TypeScript.Node | undefined): list is TypeScript.VariableDeclarationList {
    return (
      list !== undefined &&
      ts.isVariableDeclarationList(list) &&
      (list.flags & ts.NodeFlags.BlockScoped) === 0 &&
      this.#functionDepth === 0 &&
      !this.#scope.isInBody
    );
  }

  #nestedVariables(node: TypeScript.VariableStatement): TypeScript.Node {
    const isDeclared = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
    if (isDeclared || !this.#isVarOfCell(node.declarationList)) return ts.visitEachChild(node, this.visit, this.#context);
    const expression = this.#assignments(node.declarationList);
    return expression
      ? this.#nodes.from(this.#nodes.factory.createExpressionStatement(expression), node)
      : this.#nodes.factory.createEmptyStatement();
  }

  #assignments(list: TypeScript.VariableDeclarationList): TypeScript.Expression | undefined {
    const parts = list.declarations.flatMap(({ name, initializer }) => {
      if (!initializer) {
        this.#nodes.noteNames(name);
        return [];
      }
      const value = this.expression(initializer);
      return [
        ts.isIdentifier(name)
          ? this.#nodes.factory.createAssignment(this.#nodes.home(name.text), this.#nodes.named(name.text, initializer, value))
          : this.destructure(name, value),
      ];
    });
    return parts.length === 0
      ? undefined
      : parts.length === 1
        ? parts[0]
        : this.#nodes.factory.createParenthesizedExpression(this.#nodes.factory.createCommaListExpression(parts));
  }

  #for(node: TypeScript.ForStatement | TypeScript.ForInStatement): TypeScript.Node {
    const { initializer } = node;
    if (!this.#isVarOfCell(initializer)) return ts.visitEachChild(node, this.visit, this.#context);
    if (ts.isForInStatement(node)) {
      return this.#nodes.factory.updateForInStatement(
        node,
        this.#loopTarget(initializer),
        this.expression(node.expression),
        this.visit(node.statement) as TypeScript.Statement,
      );
    }
    const condition = node.condition && this.expression(node.condition);
    const incrementor = node.incrementor && this.expression(node.incrementor);
    return this.#nodes.factory.updateForStatement(
      node,
      this.#assignments(initializer),
      condition,
      incrementor,
      this.visit(node.statement) as TypeScript.Statement,
    );
  }

  #forOf(node: TypeScript.ForOfStatement): TypeScript.Node {
    const { initializer, awaitModifier } = node;
    const target = this.#isVarOfCell(initializer) ? this.#loopTarget(initializer) : (this.visit(initializer) as TypeScript.ForInitializer);
    const expression = this.expression(node.expression);
    const body = this.visit(node.statement) as TypeScript.Statement;
    if (!awaitModifier) return this.#nodes.factory.updateForOfStatement(node, undefined, target, expression, body);
    this.noteAwait();
    const goesOn = this.#nodes.factory.createExpressionStatement(this.#nodes.call("resume"));
    const statements = ts.isBlock(body) ? body.statements : [body];
    return this.#nodes.factory.updateForOfStatement(
      node,
      awaitModifier,
      target,
      expression,
      this.#nodes.factory.createBlock([goesOn, ...statements], true),
    );
  }

  #loopTarget(list: TypeScript.VariableDeclarationList): TypeScript.Expression {
    const { name } = list.declarations[0]!;
    return ts.isIdentifier(name)
      ? this.#nodes.home(name.text)
      : toAssignmentTarget(
          this.#nodes.factory,
          name,
          (text) => this.#nodes.home(text),
          (expression) => this.expression(expression),
          (...parameters) => this.#nodes.named(...parameters),
        );
  }

  destructure(pattern: TypeScript.BindingPattern, value: TypeScript.Expression): TypeScript.Expression {
    const target = toAssignmentTarget(
      this.#nodes.factory,
      pattern,
      (name) => this.#nodes.home(name),
      (expression) => this.expression(expression),
      (...parameters) => this.#nodes.named(...parameters),
    );
    return this.#nodes.factory.createAssignment(target, value);
  }
}

const assignments = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
]);
const isAssignment = (kind: TypeScript.SyntaxKind): boolean => assignments.has(kind);
