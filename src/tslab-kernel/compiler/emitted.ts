/** A file of a program as JavaScript, with its source map; nothing is written. */
import type { TypeScript } from "./typescript.ts";

export interface Emitted {
  javascript: string;
  sourceMap: string;
}

export function emitted(
  program: TypeScript.Program,
  file: TypeScript.SourceFile | undefined,
  transformers: TypeScript.CustomTransformers,
): Emitted {
  let [javascript, sourceMap] = ["", ""];
  const keep = (name: string, text: string): void => {
    if (name.endsWith(".map")) sourceMap = text;
    else javascript = text;
  };
  program.emit(file, keep, undefined, false, transformers);
  return { javascript: javascript.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"), sourceMap };
}
