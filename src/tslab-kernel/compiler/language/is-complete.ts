/** Whether a text is whole, goes on, or is wrong: consoles ask this when Enter is pressed. */
import { ts, type TypeScript } from "../typescript.ts";

export type Completeness = { status: "complete" | "invalid" } | { status: "incomplete"; indent: string };

/** "Unterminated template literal", "'*\/' expected": more text can mend them wherever they are reported. */
const openEnded = new Set([1160, 1010]);
/** "Unterminated string literal", which goes on only behind a backslash. */
const unterminatedText = 1002;

export function isComplete(code: string): Completeness {
  const file = ts.createSourceFile("cell.ts", `export {};${code}`, ts.ScriptTarget.Latest, true);
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: TypeScript.DiagnosticWithLocation[] };
  const [first] = parseDiagnostics;
  if (!first) return isSignatureAlone(file) ? incomplete(file, code) : { status: "complete" };
  if (parseDiagnostics.some(({ code: number }) => openEnded.has(number))) return { status: "incomplete", indent: "" };
  if (first.code === unterminatedText) return code.endsWith("\\") ? { status: "incomplete", indent: "" } : { status: "invalid" };
  // The parser goes on after what it misses: it is the first complaint that counts.
  return first.start >= endOfLastToken(file) ? incomplete(file, code) : { status: "invalid" };
}

function tokens(node: TypeScript.Node, file: TypeScript.SourceFile, into: TypeScript.Node[] = []): TypeScript.Node[] {
  const children = node.getChildren(file);
  if (children.length > 0 || node === file) for (const child of children) tokens(child, file, into);
  else if (node.end > node.getStart(file)) into.push(node); // what is missing has no width
  return into;
}

function endOfLastToken(file: TypeScript.SourceFile): number {
  return tokens(file, file).at(-1)?.end ?? 0;
}

/** `function f()` without a body is the signature of an overload to the parser; its reader is about to write the body. */
function isSignatureAlone(file: TypeScript.SourceFile): boolean {
  const last = file.statements.at(-1);
  if (!last || !ts.isFunctionDeclaration(last) || last.body) return false;
  const isDeclared = last.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
  return !isDeclared && !file.text.trimEnd().endsWith(";");
}

const opening: ReadonlySet<TypeScript.SyntaxKind> = new Set([
  ts.SyntaxKind.OpenBraceToken,
  ts.SyntaxKind.OpenParenToken,
  ts.SyntaxKind.OpenBracketToken,
  ts.SyntaxKind.TemplateHead,
]);
const closing: ReadonlySet<TypeScript.SyntaxKind> = new Set([
  ts.SyntaxKind.CloseBraceToken,
  ts.SyntaxKind.CloseParenToken,
  ts.SyntaxKind.CloseBracketToken,
  ts.SyntaxKind.TemplateTail,
]);

/** The next line stands two spaces deeper than the one that opened the bracket which is still open. */
function incomplete(file: TypeScript.SourceFile, code: string): Completeness {
  const open: TypeScript.Node[] = [];
  for (const token of tokens(file, file)) {
    if (opening.has(token.kind)) open.push(token);
    else if (closing.has(token.kind)) open.pop();
  }
  const bracket = open.at(-1);
  const before = code.length - (file.text.length - (bracket?.end ?? file.text.trimEnd().length));
  const line = code.slice(code.lastIndexOf("\n", before - 1) + 1, before);
  const indent = /^[ \t]*/.exec(line)![0];
  return { status: "incomplete", indent: bracket ? `${indent}  ` : indent };
}
