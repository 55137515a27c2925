/** What Node refuses though the compiler lets it pass: syntax that only Node knows to be wrong, and modules that are not there. */
import { existsSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import type { CellCompiler } from "../compiler.ts";
import { cellScript } from "../cell-script.ts";
import type { Cell } from "../documents.ts";
import type { EmittedCell } from "../emit-cell.ts";
import type { Finding } from "./findings.ts";
import { moduleHints } from "../language/module-hints.ts";
import { resolve } from "../modules/locate.ts";
import { ts, type TypeScript } from "../typescript.ts";

export const findingAt = (
  file: TypeScript.SourceFile,
  { start, end }: { start: number; end: number },
  about: Pick<Finding, "severity" | "rule" | "message"> & { notes?: string[] },
): Finding => {
  const { line, character } = ts.getLineAndCharacterOfPosition(file, start);
  return { file: undefined, line: line + 1, column: character + 1, length: end - start, notes: [], ...about };
};

export function nodesErrors(compiler: CellCompiler, cell: Cell, file: TypeScript.SourceFile, emitted: EmittedCell): Finding[] {
  const wrongSyntax = syntaxError(cell, emitted);
  return wrongSyntax ? [wrongSyntax] : emitted.imports.flatMap((specifier) => missingModule(compiler, cell, file, specifier));
}

function syntaxError({ name }: Cell, emitted: EmittedCell): Finding | undefined {
  try {
    void new vm.Script(cellScript(emitted), { filename: name });
    return undefined;
  } catch (error) {
    const { message, stack = "" } = error as Error;
    const line = Number(stack.slice(name.length + 1).match(/^\d+/)?.[0] ?? 2);
    const entry = new SourceMap(JSON.parse(emitted.sourceMap) as SourceMapPayload).findEntry(line - 2, 0);
    const original = "originalLine" in entry ? entry.originalLine + 1 : 1;
    return { severity: "error", rule: "SyntaxError", message, file: undefined, line: original, column: 1, length: 1, notes: [] };
  }
}

function missingModule(
  { service, folder }: CellCompiler,
  { fileName }: Cell,
  file: TypeScript.SourceFile,
  literal: TypeScript.StringLiteral,
): Finding[] {
  const specifier = literal.text;
  if (specifier === "tslab" || service.modules.source(specifier, fileName) || service.modules.file(specifier, fileName)) return [];
  try {
    const url = resolve(specifier, fileName);
    if (!url.startsWith("file:") || existsSync(fileURLToPath(url))) return [];
  } catch {
    // it is not there, as is said below
  }
  const about = {
    severity: "error" as const,
    rule: "missing-module",
    message: `Node finds no module '${specifier}'.`,
    notes: moduleHints(specifier, folder),
  };
  return [findingAt(file, { start: literal.getStart(file), end: literal.end }, about)];
}
