/** What is wrong with a text by itself. */
import { ts, type TypeScript } from "./typescript.ts";

/** As a module, in which `await` may stand at the top level. */
export function parseErrors(code: string, fileName: string = "cell.ts"): readonly TypeScript.DiagnosticWithLocation[] {
  const setExternalModuleIndicator = (file: TypeScript.SourceFile): void => {
    (file as unknown as { externalModuleIndicator: unknown }).externalModuleIndicator ??= true;
  };
  const file = ts.createSourceFile(fileName, code, { languageVersion: ts.ScriptTarget.Latest, setExternalModuleIndicator });
  return (file as unknown as { parseDiagnostics: TypeScript.DiagnosticWithLocation[] }).parseDiagnostics;
}

/** A first line for other programs than this one is a comment. */
export const withoutShebang = (code: string): string => code.replace(/^#!/, "//");
