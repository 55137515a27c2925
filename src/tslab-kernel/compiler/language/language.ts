/** What front ends ask about code: completion, help at the cursor, whether a piece is complete. */
import { type Candidate, Completer } from "./completion.ts";
import type { CellCompiler } from "../compiler.ts";
import { Helper } from "./help.ts";
import { isComplete } from "./is-complete.ts";
import { legible } from "./legible.ts";
import { toCharacters, toUnits } from "./positions.ts";

type Content = Record<string, unknown>;

export class LanguageTools {
  readonly #compiler: CellCompiler;
  readonly #completer: Completer;
  readonly #helper: Helper;

  constructor(compiler: CellCompiler) {
    const { drafts, documents, importable, folder } = compiler;
    this.#compiler = compiler;
    this.#completer = new Completer(drafts, importable, folder);
    this.#helper = new Helper(drafts, documents, importable);
  }

  /** Reads what the first answer would have to read: JupyterLab waits a second for it. */
  warmUp(): void {
    this.#completer.complete("cons", 4);
  }

  /** The content of the reply. */
  answer(type: string, content: Content): Content {
    const code = typeof content["code"] === "string" ? content["code"] : "";
    const cursor = toUnits(code, typeof content["cursor_pos"] === "number" ? content["cursor_pos"] : Infinity);
    switch (type) {
      case "complete_request":
        return this.#complete(code, cursor);
      case "inspect_request":
        return this.#inspect(code, cursor, content["detail_level"] === 1);
      case "is_complete_request":
        return { ...isComplete(code) };
      default:
        throw new Error(`nothing here answers a ${type}`);
    }
  }

  #complete(code: string, cursor: number): Content {
    const { candidates, start } = this.#completer.complete(code, cursor);
    for (const { name, from } of candidates) if (from !== undefined) this.#compiler.offered.set(name, from);
    const place = { start: toCharacters(code, start), end: toCharacters(code, cursor) };
    const types = candidates.map(({ name, signature, ...kind }) => ({
      text: name,
      type: typeOf(kind),
      signature: legible(signature, this.#compiler.documents),
      ...place,
    }));
    return {
      status: "ok",
      matches: candidates.map(({ name }) => name),
      cursor_start: place.start,
      cursor_end: place.end,
      metadata: { _jupyter_types_experimental: types },
    };
  }

  #inspect(code: string, cursor: number, detailed: boolean): Content {
    const help = this.#helper.at(code, cursor, { detailed });
    const data = help ? { "text/plain": help.plain, "text/markdown": help.markdown } : {};
    return { status: "ok", found: help !== undefined, data, metadata: {} };
  }
}

/** JupyterLab shows it beside the name, and no signature: so it has to say that there is something to import. */
const typeOf = ({ kind, from }: Pick<Candidate, "kind" | "from">): string => (from === undefined ? kind : `${kind} from ${from}`);
