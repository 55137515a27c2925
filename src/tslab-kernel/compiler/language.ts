/** What front ends ask about code: completion, help at the cursor, whether a piece is complete. */
import type { CellCompiler } from "./compiler.ts";
import { ts } from "./typescript.ts";

type Content = Record<string, unknown>;

export class LanguageTools {
  readonly #compiler: CellCompiler;

  constructor(compiler: CellCompiler) {
    this.#compiler = compiler;
  }

  /** The content of the reply. */
  answer(type: string, content: Content): Content {
    const code = typeof content["code"] === "string" ? content["code"] : "";
    switch (type) {
      case "is_complete_request":
        return isComplete(code);
      default:
        void this.#compiler;
        return { status: "ok", matches: [], cursor_start: 0, cursor_end: 0, metadata: {}, found: false, data: {} };
    }
  }
}

function isComplete(code: string): Content {
  const { parseDiagnostics } = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest) as unknown as { parseDiagnostics: unknown[] };
  return { status: parseDiagnostics.length > 0 ? "invalid" : "complete" };
}
