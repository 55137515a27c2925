/** Promises that nobody awaits: a cell turns green before its work is done, and what fails then fails in another cell, or shows as text. */
import { findingAt } from "../runnable.ts";
import type { Finding } from "../findings.ts";
import { ts, type TypeScript } from "../../typescript.ts";

/** Whether each value of the type is a promise, or at least one may be. */
function promises(checker: TypeScript.TypeChecker, expression: TypeScript.Expression): "all" | "some" | "none" {
  const type = checker.getTypeAtLocation(expression);
  const parts = type.isUnion() ? type.types : [type];
  const isPromise = (part: TypeScript.Type): boolean => {
    if ((part.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never)) !== 0) return false;
    const then = checker.getPropertyOfType(checker.getApparentType(part), "then");
    return then !== undefined && checker.getTypeOfSymbolAtLocation(then, expression).getCallSignatures().length > 0;
  };
  const count = parts.filter(isPromise).length;
  return count === 0 ? "none" : count === parts.length ? "all" : "some";
}

/** `p.catch(…)`, `p.then(a, b)`, and `.finally(…)` of these. */
function isHandled(expression: TypeScript.Expression): boolean {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  const { name, expression: before } = expression.expression;
  if (name.text === "catch") return expression.arguments.length > 0;
  if (name.text === "then") return expression.arguments.length > 1;
  return name.text === "finally" && isHandled(before);
}

const isAsync = (node: TypeScript.Node): boolean =>
  (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) &&
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;

const plain = (expression: TypeScript.Expression): TypeScript.Expression =>
  ts.isParenthesizedExpression(expression) ? plain(expression.expression) : expression;

/** Where an expression is only asked whether it is true. */
function conditionOf(node: TypeScript.Node): TypeScript.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isConditionalExpression(node) || ts.isForStatement(node)) return node.condition;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) return node.operand;
  return undefined;
}

export function promiseFindings(checker: TypeScript.TypeChecker, file: TypeScript.SourceFile, node: TypeScript.Node): Finding[] {
  const warn = (at: TypeScript.Node, rule: string, message: string, hint: string): Finding[] => [
    findingAt(file, { start: at.getStart(file), end: at.end }, { severity: "warning", rule, message, notes: [`hint: ${hint}`] }),
  ];
  if (ts.isExpressionStatement(node)) {
    const expression = plain(node.expression);
    const isAssignment = ts.isBinaryExpression(expression) && expression.operatorToken.kind >= ts.SyntaxKind.FirstAssignment;
    if (isAssignment && expression.operatorToken.kind <= ts.SyntaxKind.LastAssignment) return [];
    if (isHandled(expression) || promises(checker, expression) === "none") return [];
    const message = "This promise is not awaited: the cell ends before it does, and a failure of it comes later.";
    return warn(expression, "floating-promise", message, "put await before it; void, if nobody is to wait for it");
  }
  const condition = conditionOf(node);
  if (condition && promises(checker, condition) === "all") {
    return warn(condition, "promise-as-condition", "A promise is always true, whatever it resolves to.", "put await before it");
  }
  if (ts.isTemplateSpan(node) && promises(checker, node.expression) === "all") {
    return warn(node.expression, "promise-as-text", "A promise in a text reads [object Promise].", "put await before it");
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "forEach") {
    const [callback] = node.arguments;
    const list = checker.getTypeAtLocation(node.expression.expression);
    if (!callback || !isAsync(callback) || !checker.isArrayLikeType(list)) return [];
    const message = "forEach does not wait for an async function: the cell ends before the work does.";
    return warn(node.expression.name, "async-for-each", message, "for (const item of list) { await … }, or await Promise.all(list.map(…))");
  }
  return [];
}
