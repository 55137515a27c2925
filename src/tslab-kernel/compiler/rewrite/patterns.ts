/** `const { a, b: [c = 1], ...rest } = …` as an assignment: the pattern with other targets in the places of its names. */
import { ts, type TypeScript } from "../typescript.ts";

type Expression = TypeScript.Expression;

/**
 * @param target What a name becomes.
 * @param expression What becomes of defaults and computed keys.
 * @param named A default that is an anonymous function gets the name of its variable.
 */
export function toAssignmentTarget(
  factory: TypeScript.NodeFactory,
  pattern: TypeScript.BindingPattern,
  target: (name: string) => Expression,
  expression: (original: Expression) => Expression,
  named: (name: string, original: Expression, value: Expression) => Expression,
): Expression {
  const value = (name: TypeScript.BindingName, initializer: Expression): Expression =>
    ts.isIdentifier(name) ? named(name.text, initializer, expression(initializer)) : expression(initializer);
  const convert = (name: TypeScript.BindingName): Expression => {
    if (ts.isIdentifier(name)) return target(name.text);
    return ts.isArrayBindingPattern(name)
      ? factory.createArrayLiteralExpression(name.elements.map(arrayElement))
      : factory.createObjectLiteralExpression(name.elements.map(property));
  };
  const withDefault = ({ name, initializer }: TypeScript.BindingElement): Expression =>
    initializer ? factory.createAssignment(convert(name), value(name, initializer)) : convert(name);
  const arrayElement = (element: TypeScript.ArrayBindingElement): Expression => {
    if (ts.isOmittedExpression(element)) return factory.createOmittedExpression();
    return element.dotDotDotToken ? factory.createSpreadElement(convert(element.name)) : withDefault(element);
  };
  const property = (element: TypeScript.BindingElement): TypeScript.ObjectLiteralElementLike => {
    if (element.dotDotDotToken) return factory.createSpreadAssignment(convert(element.name));
    const key = element.propertyName ?? factory.createIdentifier((element.name as TypeScript.Identifier).text);
    const name = ts.isComputedPropertyName(key) ? factory.createComputedPropertyName(expression(key.expression)) : key;
    return factory.createPropertyAssignment(name, withDefault(element));
  };
  return convert(pattern);
}
