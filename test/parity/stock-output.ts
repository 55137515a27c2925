/**
 * Looks into the JavaScript that stock tslab makes of a cell. For a name of an earlier cell it is to write `exports.name`, and in two places it does
 * not, and says nothing.
 */
import ts from "cell-typescript";

/** What is wrong with it, and what the cell should have instead. */
export function mistakes(javascript: string): string[] {
  const declared = new Set<string>();
  const shorthands: string[] = [];
  const renamings: string[] = [];
  const visit = (node: ts.Node): void => {
    // Of `{ name }` it writes `{ name }`, which is a ReferenceError when the cell runs.
    if (ts.isShorthandPropertyAssignment(node)) shorthands.push(node.name.text);
    if (isDeclaration(node) && node.name && ts.isIdentifier(node.name)) declared.add(node.name.text);
    // Of `{ key: name }`, where an earlier cell has declared the key's type, it writes `{ exports, key: name }`.
    if (ts.isBindingElement(node) && node.name.getText() === "exports") renamings.push(node.parent.getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("cell.js", javascript, ts.ScriptTarget.Latest, true));
  const free = shorthands.filter((name) => !declared.has(name) && !(name in globalThis));
  return [
    ...free.map((name) => `{ ${name} } of an earlier cell's name: write { ${name}: ${name} }`),
    ...renamings.map((pattern) => `${pattern} renames: take it without a pattern`),
  ];
}

function isDeclaration(node: ts.Node): node is ts.NamedDeclaration {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node)
  );
}
