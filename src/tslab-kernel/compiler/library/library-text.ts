/**
 * TypeScript's libraries and Node's types as one text. Their comments, two thirds of them, come as a list of their own:
 * they are read only where a reader asks for help. Files that are modules become ambient modules, which are the same
 * to those who import them.
 */
import { posix } from "node:path";
import { ts, type TypeScript } from "../typescript.ts";

/** Where a declaration begins, and the comment that stands before it. */
export type Comment = readonly [position: number, comment: string];

export interface DeclarationText {
  text: string;
  /** In the order of their positions. */
  comments: Comment[];
  /** The files it is made of. */
  files: string[];
}

/** @param options The `lib` and `types` that are to be in it. @throws where a file does what cannot be said in an ambient module. */
export function declarationText(options: TypeScript.CompilerOptions): DeclarationText {
  const root = "cairn-library.ts";
  const host = ts.createCompilerHost(options);
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseNone;
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === root ? ts.createSourceFile(name, "export {}", ts.ScriptTarget.Latest) : getSourceFile(name, ...rest);
  const program = ts.createProgram([root], options, host);
  const files = program.getSourceFiles().filter(({ fileName }) => fileName !== root);
  const names = new Map(files.filter(ts.isExternalModule).map(({ fileName }) => [fileName, moduleName(fileName)]));
  const writer = new Writer();
  for (const { fileName, text } of files) {
    const name = names.get(fileName);
    if (name === undefined) writer.write(text);
    else {
      writer.text += `declare module ${JSON.stringify(name)} {\n`;
      writer.write(text, (specifier) => nameOf(specifier, fileName, names));
      writer.text += "}\n";
    }
  }
  return { text: writer.text, comments: writer.comments, files: files.map(({ fileName }) => fileName) };
}

/** What others import it by: `undici-types/fetch`. */
function moduleName(fileName: string): string {
  const [, path = fileName] = /^.*\/node_modules\/(.*?)(?:\/index)?\.d\.[cm]?ts$/.exec(fileName) ?? [];
  return path;
}

function nameOf(specifier: string, from: string, names: ReadonlyMap<string, string>): string {
  const path = posix.join(posix.dirname(from), specifier.replace(/\.[cm]?[jt]s$/, ""));
  const name = names.get(`${path}.d.ts`) ?? names.get(`${path}/index.d.ts`);
  if (name === undefined) throw new Error(`${from} imports ${specifier}, which is not a module of the library`);
  return name;
}

/** Writes token after token: what looks like a comment may be part of a text. */
class Writer {
  text = "";
  readonly comments: Comment[] = [];

  /** @param rename Given for a module that is to stand in an ambient one: how it writes relative imports there. */
  write(source: string, rename?: (specifier: string) => string): void {
    const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, source);
    /** Braces and template literals that are open. */
    const open: TypeScript.SyntaxKind[] = [];
    let gap = "";
    let comment: string | undefined;
    for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
      if (kind === ts.SyntaxKind.CloseBraceToken && open.pop() === ts.SyntaxKind.TemplateHead) {
        kind = scanner.reScanTemplateToken(false);
        if (kind === ts.SyntaxKind.TemplateMiddle) open.push(ts.SyntaxKind.TemplateHead);
      } else if (kind === ts.SyntaxKind.OpenBraceToken || kind === ts.SyntaxKind.TemplateHead) open.push(kind);
      const token = scanner.getTokenText();
      if (kind <= ts.SyntaxKind.LastTriviaToken) {
        if (token.startsWith("/**")) comment = token;
        // A line break may end a statement.
        gap = token.includes("\n") ? "\n" : gap || " ";
      } else if (!(rename && open.length === 0 && kind === ts.SyntaxKind.DeclareKeyword)) {
        // In an ambient module all is declared already.
        this.text += gap;
        if (comment !== undefined) this.comments.push([this.text.length, comment]);
        const isRelative = kind === ts.SyntaxKind.StringLiteral && /^\.\.?\//.test(scanner.getTokenValue());
        this.text += rename && isRelative ? JSON.stringify(rename(scanner.getTokenValue())) : token;
        [gap, comment] = ["", undefined];
      }
    }
    this.text += "\n";
  }
}
