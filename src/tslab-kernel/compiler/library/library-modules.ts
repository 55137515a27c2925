/**
 * The library's text in two parts: what every program reads, and the modules that wait until a cell uses them, which are
 * all but the shortest. What such a module adds to the names of all, in a `global` block, every program must know: it
 * moves to a module of the first part, which imports what the block mentions.
 */
import type { Comment, DeclarationText } from "./library-text.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface DividedText {
  text: string;
  comments: Comment[];
  /** Where the first part ends. */
  coreEnd: number;
  /** Each waiting module's name, with its place in the text. */
  modules: [name: string, start: number, end: number][];
}

/** A shorter module takes as long to be put off as to be read. */
const shortest = 200;

type Block = TypeScript.ModuleDeclaration & { name: TypeScript.StringLiteral; body: TypeScript.ModuleBlock };

const isBlock = (node: TypeScript.Statement): node is Block =>
  ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name) && node.body !== undefined;

const isGlobal = (node: TypeScript.Node): boolean => ts.isModuleDeclaration(node) && (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0;

export function divide({ text, comments }: DeclarationText): DividedText {
  const file = ts.createSourceFile("library.d.ts", text, ts.ScriptTarget.Latest);
  const blocks = new Map<string, Block[]>();
  for (const statement of file.statements) {
    if (isBlock(statement)) blocks.set(statement.name.text, [...(blocks.get(statement.name.text) ?? []), statement]);
  }
  const core = new Excerpt(text, comments);
  const rest = new Excerpt(text, comments);
  const places: DividedText["modules"] = [];
  for (const statement of file.statements) if (!isBlock(statement)) core.take(statement.pos, statement.end);
  for (const [name, parts] of blocks) {
    const globals = parts.flatMap((part) => globalModules(text, part, parts));
    const length = parts.reduce((sum, { pos, end }) => sum + end - pos, 0);
    if (length < shortest || globals.includes(undefined)) {
      for (const { pos, end } of parts) core.take(pos, end);
      continue;
    }
    core.add(`\ndeclare module ${JSON.stringify(name)} {}`);
    const start = rest.length;
    for (const part of parts) {
      let from = part.pos;
      for (const global of part.body.statements.filter(isGlobal)) {
        rest.take(from, global.pos);
        from = global.end;
      }
      rest.take(from, part.end);
    }
    places.push([name, start, rest.length]);
    for (const { head, global } of globals.filter((found) => found !== undefined)) {
      core.add(`\ndeclare module ${JSON.stringify(`cairn:globals of ${name}`)} {\n${head}`);
      core.take(global.pos, global.end);
      core.add("\n}");
    }
  }
  core.add("\n");
  const coreEnd = core.length;
  return {
    text: core.text + rest.text,
    comments: [...core.comments, ...rest.comments.map(([position, comment]): Comment => [position + coreEnd, comment])],
    coreEnd,
    modules: places.map(([name, start, end]) => [name, start + coreEnd, end + coreEnd]),
  };
}

/** The block's `global` parts, each with the imports that it needs elsewhere; undefined for one that mentions what cannot be imported. */
function globalModules(text: string, block: Block, all: readonly Block[]): ({ head: string; global: TypeScript.Statement } | undefined)[] {
  return block.body.statements.filter(isGlobal).map((global) => {
    const mentioned = identifiers(global);
    const needed = [...names(all.flatMap(({ body }) => [...body.statements]))].filter(([name]) => mentioned.has(name));
    if (needed.some(([, isExported]) => !isExported)) return undefined;
    const own = `import { ${needed.map(([name]) => name).join(", ")} } from ${JSON.stringify(block.name.text)};`;
    const others = block.body.statements.filter((node) => ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node));
    return { global, head: [needed.length > 0 ? own : "", ...others.map(({ pos, end }) => text.slice(pos, end))].join("\n") };
  });
}

function identifiers(node: TypeScript.Node, found: Set<string> = new Set()): Set<string> {
  if (ts.isIdentifier(node)) found.add(node.text);
  ts.forEachChild(node, (child) => void identifiers(child, found));
  return found;
}

/** What a module declares, and whether others can import it: where nothing is exported expressly, all is. */
function names(statements: readonly TypeScript.Statement[]): Map<string, boolean> {
  const isExpress = statements.some((node) => ts.isExportAssignment(node) || ts.isExportDeclaration(node));
  const found = new Map<string, boolean>();
  for (const node of statements) {
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    const isExported = !isExpress || modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    const declared = ts.isVariableStatement(node)
      ? node.declarationList.declarations.map(({ name }) => name)
      : [(node as { name?: TypeScript.Node }).name];
    for (const name of declared)
      if (name && ts.isIdentifier(name) && !isGlobal(node)) found.set(name.text, (found.get(name.text) ?? true) && isExported);
  }
  return found;
}

/** Parts of a text in a new one, with the comments that belong to them. */
class Excerpt {
  text = "";
  readonly comments: Comment[] = [];
  readonly #source: string;
  readonly #all: readonly Comment[];

  constructor(source: string, comments: readonly Comment[]) {
    this.#source = source;
    this.#all = comments;
  }

  get length(): number {
    return this.text.length;
  }

  add(text: string): void {
    this.text += text;
  }

  take(start: number, end: number): void {
    const offset = this.text.length - start;
    for (const [position, comment] of this.#all) if (position >= start && position < end) this.comments.push([position + offset, comment]);
    this.text += this.#source.slice(start, end);
  }
}
