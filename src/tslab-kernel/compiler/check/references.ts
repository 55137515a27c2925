/** Names that a cell may take from elsewhere, found in its syntax alone: rather one too many. */
import { ts, type TypeScript } from "../typescript.ts";

/** Whether the identifier is a name in some object, and none in scope. */
function isKey(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent)) return parent.propertyName === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isAccessor(parent) ||
      ts.isEnumMember(parent)) &&
    parent.name === node
  );
}

/** @param file Parsed with parents. @param isCounted Which statements are looked into. */
export function references(file: TypeScript.SourceFile, isCounted: (statement: TypeScript.Statement) => boolean = () => true): Set<string> {
  const names = new Set<string>();
  const visit = (node: TypeScript.Node): void => {
    if (ts.isIdentifier(node) && !isKey(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const statement of file.statements) if (isCounted(statement)) visit(statement);
  return names;
}
