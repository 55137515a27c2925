/** Imports added to a cell, as its reader would have written them. */
import { type ImportableName, importLine } from "./importable.ts";
import { ts, type TypeScript } from "../typescript.ts";

type Wanted = Pick<ImportableName, "name" | "from">;

export interface Amended {
  code: string;
  /** What was missing, each as a line of its own. */
  imports: string[];
}

const cannotFindName: ReadonlySet<number> = new Set([2304, 2503, 2552]);

/**
 * The cell with imports of the names that it lacks and completion has offered: a reader who takes such an offer wants it. Nothing when none is missing.
 *
 * @param diagnostics What the compiler has against the cell itself.
 * @param offered The module that a name was offered from.
 */
export function amend(
  code: string,
  diagnostics: readonly TypeScript.Diagnostic[],
  offered: (name: string) => string | undefined,
): Amended | undefined {
  const wanted = new Map<string, Wanted>();
  for (const { code: number, file, start = 0, length = 0 } of diagnostics) {
    const name = file?.text.slice(start, start + length) ?? "";
    const from = cannotFindName.has(number) ? offered(name) : undefined;
    if (from !== undefined) wanted.set(name, { name, from });
  }
  if (wanted.size === 0) return undefined;
  const all = [...wanted.values()];
  return { code: all.reduce(withImport, code), imports: all.map((about) => importLine(about)) };
}

/** In an import of the same module that is there already, else in a line of its own above the others. */
function withImport(code: string, wanted: Wanted): string {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest);
  const imports = file.statements.filter((statement) => ts.isImportDeclaration(statement));
  const lists = imports.flatMap(({ moduleSpecifier, importClause }) => {
    const bindings = importClause?.namedBindings;
    const isFit =
      (moduleSpecifier as TypeScript.StringLiteral).text === wanted.from &&
      bindings &&
      ts.isNamedImports(bindings) &&
      !importClause.isTypeOnly;
    return isFit ? [bindings.elements] : [];
  });
  const last = lists[0]?.at(-1);
  if (last) return `${code.slice(0, last.end)}, ${wanted.name}${code.slice(last.end)}`;
  // Beneath a comment that heads the cell, which may be a title.
  const before = imports[0]?.getStart(file) ?? 0;
  return `${code.slice(0, before)}${importLine(wanted)}\n${code.slice(before)}`;
}
