/**
 * TypeScript files beside a notebook, made into modules that Node can import. Each lies in the cache under an address that says what is in it and in
 * all that it imports: one that was edited is a new module, one that was not stays the same.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { resolveFrom } from "../../resolve-from.ts";
import { emitted } from "../emitted.ts";
import { importSymbol } from "../import-symbol.ts";
import { moduleFile } from "./module-files.ts";
import type { ModuleFinder } from "./modules.ts";
import { declaredNames } from "../names.ts";
import type { CellService } from "../service.ts";
import { ts, type TypeScript } from "../typescript.ts";

/** Stands for `import.meta`. */
const metaName = "__cairn_meta";
export interface LocalModule {
  /** Address of the JavaScript. */
  url: string;
  /** The TypeScript file. */
  source: string;
  sourceMap: string;
}

/** A source with what it imports of its kind. */
interface Reached {
  text: string;
  imports: string[];
}

export class LocalModules {
  readonly #service: CellService;
  readonly #finder: ModuleFinder;
  readonly #folder: string;
  /** Addresses that have been written by this kernel. */
  readonly #written = new Map<string, LocalModule>();

  /** @param folder Where the JavaScript goes; made when something is to be written. */
  constructor(service: CellService, folder: string) {
    this.#service = service;
    this.#finder = service.modules;
    this.#folder = folder;
  }

  /** Makes the module and all local ones that it reaches, where they have changed. Returns those, the module itself first. */
  write(source: string): LocalModule[] {
    // It may have been edited since the cell was compiled.
    this.#service.refresh();
    const reached = this.#reach(source, new Map());
    const fileOf = new Map([...reached.keys()].map((file) => [file, this.#fileFor(file, reached)]));
    const isKnown = [...fileOf.values()].every((file) => this.#written.has(file));
    const program = isKnown ? undefined : this.#service.program(source);
    return [...fileOf].map(([from, file]) => {
      const module = this.#written.get(file) ?? this.#make(program!, from, file, fileOf);
      this.#written.set(file, module);
      return module;
    });
  }

  /** TypeScript files that a text imports, and those that they import. */
  reached(text: string, from: string): string[] {
    const reached = new Map<string, Reached>();
    for (const source of this.#imports(text, from)) this.#reach(source, reached);
    return [...reached.keys()];
  }

  #reach(source: string, reached: Map<string, Reached>): Map<string, Reached> {
    const text = this.#service.text(source);
    if (text === undefined || reached.has(source)) return reached;
    const imports = this.#imports(text, source);
    reached.set(source, { text, imports });
    for (const next of imports) this.#reach(next, reached);
    return reached;
  }

  #imports(text: string, from: string): string[] {
    return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => this.#finder.source(fileName, from) ?? []);
  }

  /** The same for all who import the file, so that it is one module: it depends on what the file itself reaches. */
  #fileFor(source: string, reached: ReadonlyMap<string, Reached>): string {
    const own = new Set([source]);
    for (const file of own) for (const next of reached.get(file)?.imports ?? []) own.add(next);
    const content = createHash("sha256");
    for (const file of [...own].toSorted()) content.update(`${file}\0${reached.get(file)?.text}\0`);
    return moduleFile(this.#folder, source, content.digest("hex"));
  }

  #make(program: TypeScript.Program, source: string, file: string, fileOf: ReadonlyMap<string, string>): LocalModule {
    const after: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => (node) =>
      this.#redirect(context, node, source, fileOf);
    const { javascript, sourceMap } = emitted(program, program.getSourceFile(source), { after: [after] });
    replaceWhereNew(file, javascript);
    return { url: pathToFileURL(file).href, source, sourceMap };
  }

  /** Imports by address, since the JavaScript lies elsewhere, and `import.meta` and `require` as the source would have them. */
  #redirect(
    context: TypeScript.TransformationContext,
    file: TypeScript.SourceFile,
    source: string,
    fileOf: ReadonlyMap<string, string>,
  ): TypeScript.SourceFile {
    const { factory } = context;
    const literal = (node: TypeScript.Expression): TypeScript.Expression =>
      ts.isStringLiteral(node) ? factory.createStringLiteral(this.#address(node.text, source, fileOf)) : node;
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

  #address(specifier: string, source: string, fileOf: ReadonlyMap<string, string>): string {
    const local = this.#finder.source(specifier, source);
    const file = local && fileOf.get(local);
    if (file) return pathToFileURL(file).href;
    const plain = this.#finder.file(specifier, source);
    return plain ? pathToFileURL(plain).href : resolveAs(specifier, source);
  }
}

/** Written whole, so that a kernel beside this one reads all of it or nothing; and again where packages have moved since. */
function replaceWhereNew(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const beside = `${file}.${randomUUID()}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(beside, text);
  renameSync(beside, file);
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
    return resolveFrom(specifier, source);
  } catch {
    return specifier;
  }
}
