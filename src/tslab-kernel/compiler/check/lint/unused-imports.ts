/** Imports of which no cell of the notebook uses a name. One name of several may be there for the reader to try. */
import type { Finding } from "../findings.ts";
import { findingAt } from "../runnable.ts";
import { isIgnored } from "./lint.ts";
import type { ParsedCell } from "../parsed-cell.ts";
import { ts, type TypeScript } from "../../typescript.ts";

function importedNames({ importClause }: TypeScript.ImportDeclaration): TypeScript.Identifier[] {
  const { name, namedBindings } = importClause ?? {};
  const bound = !namedBindings
    ? []
    : ts.isNamespaceImport(namedBindings)
      ? [namedBindings.name]
      : namedBindings.elements.map((element) => element.name);
  return [...(name ? [name] : []), ...bound];
}

/** With the positions of their cells. */
export function unusedImports(cells: readonly ParsedCell[]): [index: number, Finding][] {
  const used = new Set(cells.flatMap((cell) => [...cell.used]));
  return cells.flatMap((cell, index) => {
    if (cell.isSkipped) return [];
    const imports = cell.syntax.statements.filter((statement) => ts.isImportDeclaration(statement));
    const unused = imports.filter((statement) => {
      const names = importedNames(statement);
      return names.length > 0 && !names.some(({ text }) => used.has(text));
    });
    return unused
      .map((statement) => {
        const place = { start: statement.getStart(cell.syntax), end: statement.end };
        const names = importedNames(statement).map(({ text }) => text);
        const message = `No cell uses ${names.join(", ")}.`;
        return findingAt(cell.syntax, place, { severity: "warning", rule: "unused-import", message });
      })
      .filter((finding) => !isIgnored(finding, cell.code))
      .map((finding): [number, Finding] => [index, finding]);
  });
}
