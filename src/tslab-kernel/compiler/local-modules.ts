/**
 * TypeScript files beside a notebook, made into modules that Node can import. Each is written under an address that says what is in it and in all
 * that it imports: one that was edited is a new module, one that was not stays the same.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { importSymbol } from "./import-symbol.ts";
import type { ModuleFinder } from "./modules.ts";
import { declaredNames } from "./names.ts";
import type { CellService } from "./service.ts";
import { ts, type TypeScript } from "./typescript.ts";

/** Stands for `import.meta`. */
const metaName = "__cairn_meta";

export interface LocalModule {
  /** Address of the JavaScript. */
  url: string;
  /** The TypeScript file. */
  source: string;
  javascript: string;
  sourceMap: string;
}

export class LocalModules {
  readonly #service: CellService;
  readonly #finder: ModuleFinder;
  readonly #folder: string;
  readonly #written = new Map<string, LocalModule>();

  /** @param folder Where the JavaScript goes; made when something is to be written. */
  constructor(service: CellService, folder: string) {
    this.#service = service;
    this.#finder = service.modules;
    this.#folder = folder;
  }

  /** Writes the module and all local ones that it reaches, where they have changed. Gives those, the module itself first. */
  write(source: string): LocalModule[] {
    const reached = this.#reach(source);
    const version = createHash("sha256");
    for (const [file, text] of [...reached].toSorted(([a], [b]) => (a < b ? -1 : 1))) version.update(`${file}\0${text}\0`);
    const folder = join(this.#folder, version.digest("hex").slice(0, 16));
    const fileOf = new Map([...reached.keys()].map((file, index) => [file, join(folder, `${index}-${basename(file, extname(file))}.mjs`)]));
    const isKnown = [...fileOf.values()].every((file) => this.#written.has(file));
    const program = isKnown ? undefined : this.#service.program(source);
    return [...fileOf].map(([file, target]) => this.#written.get(target) ?? this.#write(program!, file, fileOf));
  }

  #reach(source: string, texts: Map<string, string> = new Map()): Map<string, string> {
    const text = ts.sys.readFile(source);
    if (text === undefined || texts.has(source)) return texts;
    texts.set(source, text);
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const next = this.#finder.source(fileName, source);
      if (next) this.#reach(next, texts);
    }
    return texts;
  }

  #write(program: TypeScript.Program, source: string, fileOf: ReadonlyMap<string, string>): LocalModule {
    const file = fileOf.get(source)!;
    let [javascript, sourceMap] = ["", ""];
    const keep = (name: string, text: string): void => {
      if (name.endsWith(".map")) sourceMap = text;
      else javascript = text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    };
    const after: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => (node) => this.#redirect(context, node, source, fileOf);
    program.emit(program.getSourceFile(source), keep, undefined, false, { after: [after] });
    const module = { url: pathToFileURL(file).href, source, javascript, sourceMap };
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) writeFileSync(file, javascript);
    this.#written.set(file, module);
    return module;
  }

  /** Imports by address, since the JavaScript lies elsewhere, and `import.meta` and `require` as the source would have them. */
  #redirect(
    context: TypeScript.TransformationContext,
    file: TypeScript.SourceFile,
    source: string,
    fileOf: ReadonlyMap<string, string>,
  ): TypeScript.SourceFile {
    const { factory } = context;
    const address = (specifier: string): string => {
      const local = this.#finder.source(specifier, source);
      const target = local && fileOf.get(local);
      if (target) return pathToFileURL(target).href;
      const plain = this.#finder.file(specifier, source);
      return plain ? pathToFileURL(plain).href : resolveAs(specifier, source);
    };
    const literal = (node: TypeScript.Expression): TypeScript.Expression =>
      ts.isStringLiteral(node) ? factory.createStringLiteral(address(node.text)) : node;
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (ts.isImportDeclaration(node)) {
        return factory.updateImportDeclaration(node, node.modifiers, node.importClause, literal(node.moduleSpecifier), node.attributes);
      }
      if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
        return factory.updateExportDeclaration(node, node.modifiers, false, node.exportClause, literal(node.moduleSpecifier), node.attributes);
      }
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [specifier, ...rest] = node.arguments.map((argument) => ts.visitNode(argument, visit) as TypeScript.Expression);
        if (specifier && ts.isStringLiteral(specifier)) return factory.updateCallExpression(node, node.expression, undefined, [literal(specifier), ...rest]);
        const byKernel = ts.factory.createIdentifier(`globalThis[Symbol.for(${JSON.stringify(importSymbol)})]`);
        return factory.createCallExpression(byKernel, undefined, [specifier!, factory.createStringLiteral(source)]);
      }
      if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return factory.createIdentifier(metaName);
      return ts.visitEachChild(node, visit, context);
    };
    const redirected = ts.visitEachChild(file, visit, context);
    return factory.updateSourceFile(redirected, [...prologue(factory, file, source), ...redirected.statements]);
  }
}

/** What Node gives an ES module, and what many a TypeScript file expects of CommonJS, where the file uses it. */
function prologue(factory: TypeScript.NodeFactory, file: TypeScript.SourceFile, source: string): TypeScript.Statement[] {
  const values = {
    __filename: JSON.stringify(source),
    __dirname: JSON.stringify(dirname(source)),
    require: `process.getBuiltinModule("node:module").createRequire(${JSON.stringify(source)})`,
    [metaName]: `{ url: ${JSON.stringify(pathToFileURL(source).href)}, filename: ${JSON.stringify(source)}, dirname: ${JSON.stringify(dirname(source))} }`,
  };
  const { createVariableStatement, createVariableDeclarationList, createVariableDeclaration, createIdentifier } = factory;
  const declared = declaredNames(file);
  const isUsed = (name: string): boolean => !declared.has(name) && file.text.includes(name === metaName ? "import.meta" : name);
  return Object.entries(values).flatMap(([name, value]) =>
    isUsed(name)
      ? [createVariableStatement(undefined, createVariableDeclarationList([createVariableDeclaration(name, undefined, undefined, createIdentifier(value))], ts.NodeFlags.None))]
      : [],
  );
}

/** Where Node finds a package from the source's folder; as it stands when it finds none, so that Node says so when it is imported. */
function resolveAs(specifier: string, source: string): string {
  try {
    // With the parent's address, thanks to a flag that the kernel is started with.
    return (import.meta.resolve as (specifier: string, parent: string) => string)(specifier, pathToFileURL(source).href);
  } catch {
    return specifier;
  }
}
