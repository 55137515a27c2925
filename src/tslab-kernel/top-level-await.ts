/**
 * Whether a compiled cell awaits outside any function. tslab goes by the compiler's complaint about it, which stays away for `for await` and
 * where the parser takes `await (x)` for a call at first.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** A node of the syntax tree, as much as is asked of it here. */
interface Node {
  /** Of a `for … of`. */
  awaitModifier?: Node;
}

interface Parser {
  createSourceFile(name: string, text: string, target: number): { statements: { expression: Node }[] };
  forEachChild(node: Node, visit: (child: Node) => boolean): boolean | undefined;
  isAwaitExpression(node: Node): boolean;
  isFunctionLike(node: Node): boolean;
  isPropertyDeclaration(node: Node): boolean;
  isClassStaticBlockDeclaration(node: Node): boolean;
}

/** `script` is JavaScript as the compiler emitted it. */
export function awaitsAtTopLevel(script: string): boolean {
  if (!script.includes("await")) return false;
  const ts = require(require.resolve("@tslab/typescript-for-tslab", { paths: [require.resolve("tslab")] })) as Parser;
  const awaits = (node: Node): boolean => {
    if (ts.isAwaitExpression(node) || node.awaitModifier) return true;
    const closed = ts.isFunctionLike(node) || ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node);
    return !closed && ts.forEachChild(node, awaits) === true;
  };
  // Inside an async function `await` is the keyword and nothing else.
  const file = ts.createSourceFile("cell.js", `async () => {${script}\n}`, 99);
  return ts.forEachChild(file.statements[0]!.expression, awaits) === true;
}
