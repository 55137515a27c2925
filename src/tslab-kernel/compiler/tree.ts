/** Where a place is in the syntax tree. */
import { ts, type TypeScript } from "./typescript.ts";

/** The innermost node around the position, which may be just behind its end. */
export function nodeAt(file: TypeScript.SourceFile, position: number): TypeScript.Node {
  let node: TypeScript.Node = file;
  for (let inner: TypeScript.Node | undefined = file; inner;) {
    node = inner;
    inner = ts.forEachChild(node, (child) =>
      child.getStart(file) <= position && position <= child.end && child.end > child.pos ? child : undefined,
    );
  }
  return node;
}

/** The text literal that the position is in; its closing quote may be missing. */
export function textAt(file: TypeScript.SourceFile, position: number): TypeScript.StringLiteralLike | undefined {
  const node = nodeAt(file, position);
  if (!ts.isStringLiteralLike(node) || position <= node.getStart(file)) return undefined;
  const isClosed = (node as { isUnterminated?: boolean }).isUnterminated !== true;
  return isClosed && position === node.end ? undefined : node;
}

/** Whether the text says which module to import. */
export function isSpecifier(text: TypeScript.StringLiteralLike): boolean {
  const { parent } = text;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isExternalModuleReference(parent)) return true;
  if (ts.isLiteralTypeNode(parent)) return ts.isImportTypeNode(parent.parent);
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== text) return false;
  const { expression } = parent;
  return expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === "require");
}
