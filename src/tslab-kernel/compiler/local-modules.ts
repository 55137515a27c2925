/**
 * TypeScript files beside a notebook, made into modules that Node can import. Each lies in the cache under an address that says what is in it and in
 * all that it imports: one that was edited is a new module, one that was not stays the same.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { importSymbol } from "./import-symbol.ts";
import type { ModuleFinder } from "./modules.ts";
import { declaredNames } from "./names.ts";
import type { CellService } from "./service.ts";
import { ts, type TypeScript } from "./typescript.ts";

/** Stands for `import.meta`. */
const metaName = "__cairn_meta";
/** Begins the address of a local module as long as it is not known. */
const unknownFolder = "cairn-local-module:";

export interface LocalModule {
  /** Address of the JavaScript. */
  url: string;
  /** The TypeScript file. */
  source: string;
  sourceMap: string;
}

interface Emitted extends Omit<LocalModule, "url"> {
  name: string;
  javascript: string;
}

export class LocalModules {
  readonly #service: CellService;
  readonly #finder: ModuleFinder;
  readonly #folder: string;
  /** Sources and their text → what was made of them. */
  readonly #written = new Map<string, LocalModule[]>();

  /** @param folder Where the JavaScript goes; made when something is to be written. */
  constructor(service: CellService, folder: string) {
    this.#service = service;
    this.#finder = service.modules;
    this.#folder = folder;
  }

  /** Makes the module and all local ones that it reaches, where they have changed. Gives those, the module itself first. */
  write(source: string): LocalModule[] {
    // It may have been edited since the cell was compiled.
    this.#service.refresh();
    const reached = this.#reach(source);
    const key = JSON.stringify([...reached]);
    const known = this.#written.get(key);
    if (known) return known;
    const nameOf = new Map([...reached.keys()].map((file, index) => [file, `${index}-${basename(file, extname(file))}.mjs`]));
    const program = this.#service.program(source);
    const emitted = [...nameOf.keys()].map((file) => this.#emit(program, file, nameOf));
    const content = createHash("sha256").update(JSON.stringify(emitted.map(({ javascript }) => javascript)));
    const folder = join(this.#folder, content.digest("hex").slice(0, 24));
    const modules = emitted.map((module) => writeModule(folder, module));
    this.#written.set(key, modules);
    return modules;
  }

  /** TypeScript files that a text imports, and those that they import. */
  reached(text: string, from: string): string[] {
    return [...this.#reachFrom(text, from, new Map()).keys()];
  }

  #reach(source: string, texts: Map<string, string> = new Map()): Map<string, string> {
    const text = this.#service.text(source);
    return text === undefined || texts.has(source) ? texts : this.#reachFrom(text, source, texts.set(source, text));
  }

  #reachFrom(text: string, from: string, texts: Map<string, string>): Map<string, string> {
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const next = this.#finder.source(fileName, from);
      if (next) this.#reach(next, texts);
    }
    return texts;
  }

  #emit(program: TypeScript.Program, source: string, nameOf: ReadonlyMap<string, string>): Emitted {
    let [javascript, sourceMap] = ["", ""];
    const keep = (name: string, text: string): void => {
      if (name.endsWith(".map")) sourceMap = text;
      else javascript = text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    };
    const after: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => (file) =>
      this.#redirect(context, file, source, nameOf);
    program.emit(program.getSourceFile(source), keep, undefined, false, { after: [after] });
    return { name: nameOf.get(source)!, source, javascript, sourceMap };
  }

  /** Imports by address, since the JavaScript lies elsewhere, and `import.meta` and `require` as the source would have them. */
  #redirect(
    context: TypeScript.TransformationContext,
    file: TypeScript.SourceFile,
    source: string,
    nameOf: ReadonlyMap<string, string>,
  ): TypeScript.SourceFile {
    const { factory } = context;
    const literal = (node: TypeScript.Expression): TypeScript.Expression =>
      ts.isStringLiteral(node) ? factory.createStringLiteral(this.#address(node.text, source, nameOf)) : node;
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (ts.isImportDeclaration(node)) {
        return factory.updateImportDeclaration(node, node.modifiers, node.importClause, literal(node.moduleSpecifier), node.attributes);
      }
      if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
        return factory.updateExportDeclaration(
          node,
          node.modifiers,
          false,
          node.exportClause,
          literal(node.moduleSpecifier),
          node.attributes,
        );
      }
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [specifier, ...rest] = node.arguments.map((argument) => ts.visitNode(argument, visit) as TypeScript.Expression);
        if (specifier && ts.isStringLiteral(specifier)) {
          return factory.updateCallExpression(node, node.expression, undefined, [literal(specifier), ...rest]);
        }
        const byKernel = factory.createIdentifier(`globalThis[Symbol.for(${JSON.stringify(importSymbol)})]`);
        return factory.createCallExpression(byKernel, undefined, [specifier!, factory.createStringLiteral(source)]);
      }
      if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return factory.createIdentifier(metaName);
      return ts.visitEachChild(node, visit, context);
    };
    const redirected = ts.visitEachChild(file, visit, context);
    return factory.updateSourceFile(redirected, [...prologue(factory, file, source), ...redirected.statements]);
  }

  #address(specifier: string, source: string, nameOf: ReadonlyMap<string, string>): string {
    const local = this.#finder.source(specifier, source);
    const name = local && nameOf.get(local);
    if (name) return `${unknownFolder}${name}`;
    const plain = this.#finder.file(specifier, source);
    return plain ? pathToFileURL(plain).href : resolveAs(specifier, source);
  }
}

/** Written whole, so that a kernel beside this one reads all of it or nothing. */
function writeModule(folder: string, { name, javascript, source, sourceMap }: Emitted): LocalModule {
  const file = join(folder, name);
  if (!existsSync(file)) {
    const beside = `${file}.${randomUUID()}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(beside, javascript.replaceAll(unknownFolder, `${pathToFileURL(folder).href}/`));
    renameSync(beside, file);
  }
  return { url: pathToFileURL(file).href, source, sourceMap };
}

/** What Node gives an ES module, and what many a TypeScript file expects of CommonJS, where the file uses it. */
function prologue(factory: TypeScript.NodeFactory, file: TypeScript.SourceFile, source: string): TypeScript.Statement[] {
  const [path, folder, url] = [source, dirname(source), pathToFileURL(source).href].map((text) => JSON.stringify(text));
  const values: Record<string, string> = {
    __filename: path!,
    __dirname: folder!,
    require: `process.getBuiltinModule("node:module").createRequire(${path})`,
    [metaName]: `{ url: ${url}, filename: ${path}, dirname: ${folder} }`,
  };
  const declared = declaredNames(file);
  const isUsed = (name: string): boolean => !declared.has(name) && file.text.includes(name === metaName ? "import.meta" : name);
  const used = Object.entries(values).filter(([name]) => isUsed(name));
  if (used.length === 0) return [];
  const declarations = used.map(([name, value]) =>
    factory.createVariableDeclaration(name, undefined, undefined, factory.createIdentifier(value)),
  );
  return [factory.createVariableStatement(undefined, factory.createVariableDeclarationList(declarations, ts.NodeFlags.None))];
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
