/** A cell that nothing is wrong with, as what runs. */
import type { CompiledCell } from "./compiler.ts";
import { emitted } from "./emitted.ts";
import { rewriting, type RewritingOptions } from "./rewrite/rewriting.ts";
import type { TypeScript } from "./typescript.ts";

export interface EmittedCell extends CompiledCell {
  /** Where the cell's imports, which run, say their modules. */
  imports: TypeScript.StringLiteral[];
}

export function emitCell(program: TypeScript.Program, file: TypeScript.SourceFile, options: RewritingOptions): EmittedCell {
  const rewritten = rewriting(program.getTypeChecker(), options);
  const { javascript, sourceMap } = emitted(program, file, { before: [rewritten.transformer] });
  // The notebook's module ends in functions of the kernel, not in exports.
  const plain = javascript.replace(/(^|\n)export \{\s*\};?\s*$/, "$1");
  return { javascript: plain, sourceMap, assigned: [...rewritten.assigned], awaits: rewritten.awaits, imports: rewritten.imports };
}
