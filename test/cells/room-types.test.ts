/**
 * What cells see of the library's types, through the compiler that cells are compiled with: tslab's TypeScript 5.0, which resolves packages
 * the node10 way. A type that it cannot read becomes `any` without a word, and then a wrong argument passes.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type TypeScript from "@tslab/typescript-for-tslab";
import { describe, expect, test } from "vitest";

const root = path.join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);
const ts = require(require.resolve("@tslab/typescript-for-tslab", { paths: [require.resolve("tslab")] })) as typeof TypeScript;
const { exports } = JSON.parse(readFileSync(path.join(root, "kernel-helpers/package.json"), "utf8")) as { exports: object };
const rooms = Object.keys(exports).map((key) => key.slice(2));

/** What earlier programs have read; their files do not change. */
const known = new Map<string, TypeScript.SourceFile | undefined>();

/** A program of one cell in notebooks/, with tslab's options. */
function compile(source: string): { program: TypeScript.Program; cell: TypeScript.SourceFile; messages: string[] } {
  const options: TypeScript.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.es2023.d.ts"],
    types: ["node"],
    typeRoots: [path.join(root, "node_modules/@types")],
    esModuleInterop: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const file = path.join(root, "notebooks/cell.ts");
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    if (name === file) return ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true);
    if (!known.has(name)) known.set(name, getSourceFile(name, ...rest));
    return known.get(name);
  };
  const program = ts.createProgram([file], options, host);
  const cell = program.getSourceFile(file)!;
  const messages = ts.getPreEmitDiagnostics(program, cell).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  return { program, cell, messages };
}

/** Where `any` can be reached from the exports of a room, such as "openStore().query()". */
function findAny(room: string): string[] {
  const { program, cell, messages } = compile(`import * as room from "kernel-helpers/${room}"; export { room };`);
  expect(messages).toEqual([]);
  const checker = program.getTypeChecker();
  const seen = new Set<TypeScript.Type>();
  const found: string[] = [];
  const isOurs = (type: TypeScript.Type): boolean =>
    (type.symbol?.declarations ?? []).some((declaration) => declaration.getSourceFile().fileName.includes("kernel-helpers/dist/"));

  const visit = (type: TypeScript.Type, where: string): void => {
    if (type.flags & ts.TypeFlags.Any) found.push(where);
    if (seen.has(type)) return;
    seen.add(type);
    if (type.isUnionOrIntersection()) for (const part of type.types) visit(part, where);
    if ((type.flags & ts.TypeFlags.Object) === 0) return;
    const isReference = ((type as TypeScript.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0;
    if (isReference) for (const argument of checker.getTypeArguments(type as TypeScript.TypeReference)) visit(argument, `${where}<>`);
    if (!isOurs(type)) return;
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      for (const parameter of signature.parameters)
        visit(checker.getTypeOfSymbolAtLocation(parameter, cell), `${where}(${parameter.name})`);
      visit(signature.getReturnType(), `${where}()`);
    }
    for (const property of type.getProperties()) {
      // "#private" stands for all private fields, without a type.
      if (property.name !== "prototype" && property.name !== "#private")
        visit(checker.getTypeOfSymbolAtLocation(property, cell), `${where}.${property.name}`);
    }
  };
  const specifier = cell.statements.find(ts.isImportDeclaration)!.moduleSpecifier;
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(specifier)!)) {
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const isType = (target.flags & ts.SymbolFlags.Value) === 0;
    visit(isType ? checker.getDeclaredTypeOfSymbol(target) : checker.getTypeOfSymbolAtLocation(target, cell), exported.name);
  }
  return found;
}

describe("a cell", () => {
  test.each(rooms)("reads every type of kernel-helpers/%s: none has become any", (room) => {
    expect(findAny(room)).toEqual([]);
  });

  test("is told of a wrong argument and a wrong assignment", () => {
    const { messages } = compile(`
      import { openStore } from "kernel-helpers/retrieval";
      openStore({ kind: "memory", dimension: 2 }).then(async (store) => {
        const matches = await store.query({ vector: "abc" });
        const first: string = matches[0].score;
        return first;
      });
      export {};`);
    expect(messages).toEqual(["Type 'string' is not assignable to type 'Vector'.", "Type 'number' is not assignable to type 'string'."]);
  });
});
