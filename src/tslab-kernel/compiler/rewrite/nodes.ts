/** Parts that a rewritten cell is made of. */
import { homeOf, kernelObject } from "../homes.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface Noted {
  /** The notebook's names that the cell assigns to. */
  assigned: Set<string>;
  /** Whether the cell awaits, or imports, outside of functions. */
  awaits: boolean;
  /** Modules of import declarations that run. */
  imports: TypeScript.StringLiteral[];
}

export class Nodes {
  readonly factory: TypeScript.NodeFactory;
  readonly noted: Noted;

  constructor(factory: TypeScript.NodeFactory, noted: Noted) {
    this.factory = factory;
    this.noted = noted;
  }

  /** The variable of this name, to be assigned to. */
  home(name: string): TypeScript.Identifier {
    this.noted.assigned.add(name);
    return this.factory.createIdentifier(homeOf(name));
  }

  /** Has variables declared that are not assigned to here. */
  noteNames(name: TypeScript.BindingName): void {
    if (ts.isIdentifier(name)) this.noted.assigned.add(name.text);
  }

  /** A function or class without a name takes that of its variable, as it would by its declaration. */
  named(name: string, initializer: TypeScript.Expression | undefined, value: TypeScript.Expression): TypeScript.Expression {
    const plain = initializer && withoutWrapping(initializer);
    const isNameless =
      plain && (ts.isArrowFunction(plain) || ((ts.isFunctionExpression(plain) || ts.isClassExpression(plain)) && !plain.name));
    if (!isNameless) return value;
    const { factory } = this;
    const key = factory.createComputedPropertyName(factory.createStringLiteral(name));
    const object = factory.createObjectLiteralExpression([factory.createPropertyAssignment(key, value)]);
    return factory.createElementAccessExpression(factory.createParenthesizedExpression(object), factory.createStringLiteral(name));
  }

  assign(name: string, value: TypeScript.Expression, original: TypeScript.Node): TypeScript.Statement {
    return this.from(this.factory.createExpressionStatement(this.factory.createAssignment(this.home(name), value)), original);
  }

  evaluated(expression: TypeScript.Expression, original: TypeScript.Node): TypeScript.Statement[] {
    const isObject =
      ts.isObjectLiteralExpression(expression) || (ts.isBinaryExpression(expression) && ts.isObjectLiteralExpression(expression.left));
    const whole = isObject ? this.factory.createParenthesizedExpression(expression) : expression;
    return [this.from(this.factory.createExpressionStatement(whole), original)];
  }

  kernelProperty(name: string): TypeScript.Expression {
    return this.factory.createPropertyAccessExpression(this.factory.createIdentifier(kernelObject), name);
  }

  call(name: string, ...parameters: TypeScript.Expression[]): TypeScript.Expression {
    return this.factory.createCallExpression(this.kernelProperty(name), undefined, parameters);
  }

  /** Stacks point to the original's place. */
  from<T extends TypeScript.Node>(node: T, original: TypeScript.Node): T {
    return ts.setOriginalNode(ts.setTextRange(node, original), original);
  }
}

function withoutWrapping(expression: TypeScript.Expression): TypeScript.Expression {
  const isWrapped = ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression);
  return isWrapped ? withoutWrapping(expression.expression) : expression;
}
