/**
 * TypeScript's and Node's declarations as one file, most of it read when it is needed: nobody must be able to tell. The
 * oracle is a compiler that reads the files themselves.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type Compilation, CellCompiler } from "../../src/tslab-kernel/compiler/compiler.ts";
import { openLibrary } from "../../src/tslab-kernel/compiler/library/library.ts";
import { compilerOptions, nodeTypes } from "../../src/tslab-kernel/compiler/options.ts";
import { ts, type TypeScript } from "../../src/tslab-kernel/compiler/typescript.ts";

const temporary = vi.hoisted(() => {
  const folder = `${process.env["TMPDIR"] ?? process.env["TEMP"] ?? "/tmp"}/cairn-library-${process.pid}`;
  process.env["CAIRN_CACHE"] = folder; // before the compiler is loaded
  return folder;
});
const cache = join(temporary, "compiler");
const scratch = mkdtempSync(join(tmpdir(), "cairn-library-scratch-"));
afterAll(() => {
  for (const folder of [temporary, scratch]) rmSync(folder, { recursive: true, force: true });
});

const notebooks = join(import.meta.dirname, "../../notebooks");
const compilers = (folder: string = notebooks, notebook?: string): CellCompiler[] =>
  [true, false].map((plainDeclarations) => new CellCompiler({ folder, notebook, scratch, plainDeclarations }));

/** A cell that the compilers pass, as each of their programs has it. */
function programOf(compiler: CellCompiler, code: string): { program: TypeScript.Program; cell: TypeScript.SourceFile } {
  const cell = compiler.documents.parse("cell", code);
  compiler.documents.add(cell);
  const program = compiler.service.program(cell.fileName);
  return { program, cell: program.getSourceFile(cell.fileName)! };
}

/** Everything that can be reached by a name: `fs.Stats.size: number`. */
function describeAll({ program, cell }: { program: TypeScript.Program; cell: TypeScript.SourceFile }): string[] {
  const checker = program.getTypeChecker();
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
  // A module of a package has its path for a name, or the name by which others import it.
  const plain = (described: string): string => described.replaceAll(/"[^"]*\/node_modules\/(undici-types[^"]*?)(\/index)?"/g, '"$1"');
  const text = (type: TypeScript.Type): string => plain(checker.typeToString(type, undefined, flags));
  const nameOf = ({ name }: TypeScript.Symbol): string => name.replace(/@\d+$/, "");
  const lines: string[] = [];
  const about = (symbol: TypeScript.Symbol, where: string): void => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const types = [
      target.flags & ts.SymbolFlags.Value ? checker.getTypeOfSymbol(target) : undefined,
      target.flags & ts.SymbolFlags.Type ? checker.getDeclaredTypeOfSymbol(target) : undefined,
    ];
    for (const type of types) {
      if (!type) continue;
      lines.push(`${where}: ${text(type)}`);
      for (const property of type.getProperties()) lines.push(`${where}.${nameOf(property)}: ${text(checker.getTypeOfSymbol(property))}`);
      for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
        lines.push(plain(`${where}(): ${checker.signatureToString(signature, undefined, flags)}`));
      }
    }
    if (target.flags & ts.SymbolFlags.Namespace && !where.includes(".")) members(target, where);
  };
  const isOfPlainFiles = ({ name }: TypeScript.Symbol): boolean => !/^"(cairn:|@types\/|undici-types)/.test(name);
  const members = (namespace: TypeScript.Symbol, where: string): void => {
    for (const member of checker.getExportsOfModule(namespace).filter(isOfPlainFiles)) about(member, `${where}.${member.name}`);
  };
  for (const module of checker.getAmbientModules().filter(isOfPlainFiles)) members(module, module.name);
  for (const symbol of checker.getSymbolsInScope(cell, ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) {
    if (!symbol.name.startsWith('"')) about(symbol, symbol.name);
  }
  // The parts of a union come in the order in which they were first met.
  return lines.map((line) => line.split(/\W+/).toSorted().join(" ") + line.replaceAll(/[\w"|]+|\s+/g, "")).toSorted();
}

describe("the declarations in one file", () => {
  test("are free of mistakes", () => {
    const file = join(scratch, "library.d.ts");
    // With the empty modules and those that they stand for, which add to each other.
    writeFileSync(file, openLibrary(compilerOptions(notebooks, undefined), nodeTypes(), cache).text);
    const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2023, noLib: true, types: [], skipLibCheck: false });
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  test("give every name of Node and JavaScript the type that it has in their own files", { timeout: 300_000 }, () => {
    const [plain, library] = compilers().map((compiler) => describeAll(programOf(compiler, "export {}")));
    expect(plain!.length).toBeGreaterThan(15_000);
    const without = (lines: string[], others: string[]): string[] =>
      lines.filter(
        (
          (known) => (line) =>
            !known.has(line)
        )(new Set(others)),
      );
    expect([without(library!, plain!), without(plain!, library!)]).toEqual([[], []]);
    expect(library!.length).toBe(plain!.length);
  });
});

/** What the language service says about the place where `code` has "|", but for places in files. */
function help(compiler: CellCompiler, code: string): unknown {
  const at = code.indexOf("|");
  const { cell } = programOf(compiler, code.replace("|", ""));
  const { language } = compiler.service;
  const { displayParts, documentation, tags } = language.getQuickInfoAtPosition(cell.fileName, at) ?? {};
  const signature = language.getSignatureHelpItems(cell.fileName, at, undefined)?.items[0];
  const entry = language
    .getCompletionsAtPosition(cell.fileName, at, undefined)
    ?.entries.find(({ name }) => name === /\w*$/.exec(code.slice(0, at))![0]);
  const details = entry && language.getCompletionEntryDetails(cell.fileName, at, entry.name, undefined, entry.source, undefined, undefined);
  const all = { displayParts, documentation, tags, signature, details: details && [details.documentation, details.tags] };
  return JSON.parse(JSON.stringify(all, (key, value: unknown) => (key === "target" ? "somewhere" : value)));
}

describe("help says of a declaration what its file says", () => {
  const both = compilers();
  test.each([
    ["a method of a class", "[1].map|"],
    ["a global function", "setTimeout|(() => {}, 1)"],
    ["a global variable", "process|"],
    ["a global class", "new URL|('a:b')"],
    ["a function of a module", 'import { readFileSync } from "node:fs"; readFileSync|'],
    ["a module", 'import * as fs from "node:fs"; fs|'],
    ["a class of a module", 'import { EventEmitter } from "node:events"; EventEmitter|'],
    ["a method that is inherited", 'import { Worker } from "node:worker_threads"; declare const w: Worker; w.addListener|'],
    ["a property of an interface", 'import { statSync } from "node:fs"; statSync("a").mtimeMs|'],
    ["an interface", "let it: NodeJS.MemoryUsage|"],
    ["a member of a namespace", "let it: NodeJS.MemoryUsage; it!.heapUsed|"],
    ["what completion lists", "process.hrti|"],
    ["what a parameter is for", 'import { createHash } from "crypto"; createHash(|)'],
    ["what links to another declaration", 'import { promises } from "fs"; promises.readFile|'],
    ["what the cell itself declares", "/** Adds. @param a The first. */ function add(a: number) {} add|(1)"],
  ])("%s", (_, code) => {
    const [plain, library] = both.map((compiler) => help(compiler, code));
    expect(library).toEqual(plain);
  });
});

/** The code cells of a notebook, compiled one after the other as if each had ended well; documents are counted for all compilers of the process. */
function compileAll(compiler: CellCompiler, notebook: string): Compilation[] {
  const { cells } = JSON.parse(readFileSync(notebook, "utf8")) as { cells: { cell_type: string; source: string | string[] }[] };
  const code = cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => [source].flat().join(""));
  return code.map((text, index) => {
    const compilation = compiler.compile(`cell[${index}]`, text);
    if ("cell" in compilation) compiler.settle([]);
    return JSON.parse(JSON.stringify(compilation).replaceAll(/cairn-cell-\d+/g, "cairn-cell-N")) as Compilation;
  });
}

describe("cells", () => {
  test.each(["00-fact-check.ipynb", "02-embeddings.ipynb"])("of %s are compiled as with the files themselves", (name) => {
    const [plain, library] = compilers(notebooks, join(notebooks, name)).map((compiler) => compileAll(compiler, join(notebooks, name)));
    expect(library).toEqual(plain);
  });

  test.each([
    [
      "that augment a module of Node",
      'declare module "fs" { interface Stats { colour: "blue" } }\nexport {};\nimport { statSync } from "fs"; const c: 1 = statSync("a").colour',
    ],
    ["that add to a global interface", "declare global { interface Array<T> { last(): T } }\nexport {};\nconst c: 1 = [2].last()"],
    ["that ask for another library", '/// <reference lib="dom" />\nconst c: 1 = document.title, d: 1 = [1].map(String)'],
    ["that ask for Node's types", '/// <reference types="node" />\nconst c: 1 = Buffer.from("a"), d: 1 = process.argv'],
    [
      "with mistakes about names that are not there",
      'import { nope } from "node:fs"; import * as no from "node:nope"; document; Float32Array.nope; new Set([1]).nope',
    ],
  ])("%s have the same mistakes", (_, code) => {
    const [plain, library] = compilers().map((compiler) => compiler.compile("cell[1]", code));
    expect(plain).toHaveProperty("complaints");
    expect(library).toEqual(plain);
  });
});

describe("the file", () => {
  const open = (folder: string): ReturnType<typeof openLibrary> => openLibrary(compilerOptions(notebooks, undefined), nodeTypes(), folder);
  const plain = ({ comments, ...rest }: ReturnType<typeof open>): unknown => ({ ...rest, comments: [...comments()] });

  test("is made once, and is the same from the cache", () => {
    const folder = join(scratch, "once");
    const made = plain(open(folder));
    const names = readdirSync(folder);
    expect(names.map((name) => name.replace(/-\w+/, ""))).toEqual(["library.d.ts", "library.json"]);
    expect(plain(open(folder))).toEqual(made);
  });

  test("is made again when half of it is there, and is done without a place for it", () => {
    const folder = join(scratch, "half");
    const made = plain(open(folder));
    const file = join(folder, readdirSync(folder)[0]!);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.slice(0, 1000));
    expect(plain(open(folder))).toEqual(made);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(plain(open(join(file, "no folder")))).toEqual(made);
  });

  test.each([
    ["lib", {}, { lib: ["es2020"] }],
    ["types", {}, { types: [] }],
    ["typeRoots", {}, { typeRoots: ["./my-types"] }],
    [
      "@types/node",
      {
        "node_modules/@types/node/package.json": '{ "name": "@types/node", "version": "1.0.0", "types": "index.d.ts" }',
        "node_modules/@types/node/index.d.ts": "declare var process: { mine: true }",
      },
      {},
    ],
  ])("is not read where the reader has chosen other %s", (name, files: Record<string, string>, options) => {
    const folder = join(scratch, `own ${name.replace("/", " ")}`);
    const all = {
      "tsconfig.json": JSON.stringify({ compilerOptions: options }),
      "my-types/node/index.d.ts": "declare var process: { mine: true }",
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const [plainly, usual] = compilers(folder);
    expect(usual!.service.hasLibrary).toBe(false);
    const code = "const a: 1 = process, b: 2 = [1].findLast(Number)";
    expect(usual!.compile("cell[1]", code)).toEqual(plainly!.compile("cell[1]", code));
  });
});
