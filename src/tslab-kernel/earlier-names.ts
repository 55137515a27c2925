/**
 * Names that meet variables of earlier cells. tslab turns each identifier that means such a variable into `exports.x`, and errs twice: it
 * leaves `{ x }` as it is, so that `x` is not found, and it takes the key of `const { key: y } = earlier` for a variable as well.
 */
interface Identifier extends Node {
  text: string;
}

/** A node of the syntax tree, as much as is asked of it here. */
interface Node {
  name?: Identifier;
  propertyName?: Node;
  initializer?: Node;
  dotDotDotToken?: Node;
  objectAssignmentInitializer?: Node;
}

interface NodeSymbol {
  declarations?: { getSourceFile(): { fileName: string } }[];
}

interface Checker {
  getSymbolAtLocation(node: Node): NodeSymbol | undefined;
  getShorthandAssignmentValueSymbol(node: Node): NodeSymbol | undefined;
}

interface Factory {
  createIdentifier(text: string): Identifier;
  createPropertyAccessExpression(object: Node, name: string): Node;
  createAssignment(target: Node, value: Node): Node;
  createPropertyAssignment(name: Node, value: Node): Node;
  updatePropertyAssignment(node: Node, name: Node, value: Node): Node;
  updateBindingElement(node: Node, dots: Node | undefined, propertyName: Node, name: Node, initializer: Node | undefined): Node;
}

type Visitor = (node: Node) => Node;

/** As much of the compiler as this needs. */
export interface SyntaxTools {
  factory: Factory;
  isIdentifier(node: Node): node is Identifier;
  isShorthandPropertyAssignment(node: Node): boolean;
  isPropertyAssignment(node: Node): boolean;
  isBindingElement(node: Node): boolean;
  visitEachChild(node: Node, visit: Visitor, context: unknown): Node;
}

export type Transformer = (context: unknown) => Visitor;

const isEarlier = (symbol: NodeSymbol | undefined): boolean =>
  symbol?.declarations?.some((declaration) => declaration.getSourceFile().fileName.endsWith("/__prev__.d.ts")) ?? false;

/** Runs before the compiler's own transformers. A key that it makes is no node of the source any more, so tslab lets it be. */
export function nameEarlierCells(ts: SyntaxTools, checker: Checker): Transformer {
  const { factory } = ts;
  const isKeyOfEarlier = (name: Node | undefined): name is Identifier =>
    name !== undefined && ts.isIdentifier(name) && isEarlier(checker.getSymbolAtLocation(name));
  return (context) => {
    const visit: Visitor = (original) => {
      const node = ts.visitEachChild(original, visit, context);
      const { name, initializer, dotDotDotToken, objectAssignmentInitializer } = node;
      if (ts.isShorthandPropertyAssignment(original) && isEarlier(checker.getShorthandAssignmentValueSymbol(original))) {
        const variable = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name!.text);
        const value = objectAssignmentInitializer ? factory.createAssignment(variable, objectAssignmentInitializer) : variable;
        return factory.createPropertyAssignment(factory.createIdentifier(name!.text), value);
      }
      if (ts.isPropertyAssignment(original) && isKeyOfEarlier(original.name)) {
        return factory.updatePropertyAssignment(node, factory.createIdentifier(original.name.text), initializer!);
      }
      if (ts.isBindingElement(original) && isKeyOfEarlier(original.propertyName)) {
        const key = factory.createIdentifier(original.propertyName.text);
        return factory.updateBindingElement(node, dotDotDotToken, key, name!, initializer);
      }
      return node;
    };
    return visit;
  };
}
