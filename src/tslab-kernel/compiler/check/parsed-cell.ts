/** A cell of a notebook that is checked, with what its syntax says. */
import type { CheckedCell } from "./findings.ts";
import { augments, declaredNames } from "../names.ts";
import { references } from "./references.ts";
import { withoutShebang } from "../syntax.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface ParsedCell extends CheckedCell {
  syntax: TypeScript.SourceFile;
  declared: ReadonlySet<string>;
  /** Names that it uses, but for those that it only imports. */
  used: ReadonlySet<string>;
  /** Names that stand in it, in whatever scope. */
  mentioned: ReadonlySet<string>;
  /** Whether it changes what all cells see, though it may declare no name of its own. */
  augments: boolean;
}

export function parsedCell(cell: CheckedCell): ParsedCell {
  const code = withoutShebang(cell.code);
  const syntax = ts.createSourceFile(`${cell.name}.ts`, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const declared = declaredNames(syntax);
  const used = references(syntax, (statement) => !ts.isImportDeclaration(statement));
  return {
    ...cell,
    code,
    syntax,
    declared: new Set(declared.keys()),
    used,
    mentioned: new Set([...used, ...declared.keys()]),
    augments: augments(syntax),
  };
}

/** Names that a cell which is to fail has not reached when it does: those declared only beneath a `throw` of its own. */
export function unreachedNames({ syntax, declared }: ParsedCell): string[] {
  const end = syntax.statements.findIndex((statement) => ts.isThrowStatement(statement));
  if (end < 0) return [];
  const isReached = (statement: TypeScript.Statement, index: number): boolean =>
    index < end || ts.isFunctionDeclaration(statement) || ts.isImportDeclaration(statement);
  const reached = references(syntax, (statement) => isReached(statement, syntax.statements.indexOf(statement)));
  return [...declared].filter((name) => !reached.has(name));
}
