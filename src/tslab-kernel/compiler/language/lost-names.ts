/** Names that a reader has declared and that are not there: their cell was refused, ended before them, or was never run. */
import { readFileSync } from "node:fs";
import { declaredNames } from "../names.ts";
import { ts } from "../typescript.ts";

export class LostNames {
  readonly #notebook: string | undefined;
  /** What is known of cells that are not run here. */
  elsewhere: (name: string) => string | undefined = () => undefined;
  readonly #lost = new Map<string, { cell: string; why: "refused" | "unreached" }>();

  /** @param notebook Its path, where the front end has told it. */
  constructor(notebook: string | undefined) {
    this.#notebook = notebook;
  }

  refused(cell: string, names: Iterable<string>): void {
    for (const name of names) this.#lost.set(name, { cell, why: "refused" });
  }

  unreached(cell: string, names: Iterable<string>): void {
    for (const name of names) this.#lost.set(name, { cell, why: "unreached" });
  }

  found(names: Iterable<string>): void {
    for (const name of names) this.#lost.delete(name);
  }

  /** @param code Of the cell that misses the name. */
  hint(name: string, code: string): string | undefined {
    const lost = this.#lost.get(name);
    if (lost?.why === "refused") return `hint: ${lost.cell} declares ${name}, but did not compile; correct and run it first`;
    if (lost) return `hint: ${lost.cell} failed before it reached ${name}; correct and run it first`;
    const known = this.elsewhere(name);
    if (known !== undefined) return known;
    const line = this.#inNotebook(name, code);
    return line === undefined ? undefined : `hint: the notebook declares ${name} in a cell that has not run: ${line}`;
  }

  /** The line of the saved notebook that declares the name. */
  #inNotebook(name: string, code: string): string | undefined {
    for (const source of this.#sources()) {
      if (source === code || !source.includes(name)) continue;
      const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest);
      const [place] = declaredNames(file).get(name)?.places ?? [];
      if (place) return source.split("\n")[file.getLineAndCharacterOfPosition(place.start).line]!.trim();
    }
    return undefined;
  }

  #sources(): string[] {
    if (this.#notebook === undefined) return [];
    try {
      const { cells = [] } = JSON.parse(readFileSync(this.#notebook, "utf8")) as { cells?: { cell_type?: unknown; source?: unknown }[] };
      return cells.flatMap(({ cell_type, source }) => {
        if (cell_type !== "code") return [];
        return typeof source === "string" ? [source] : Array.isArray(source) ? [source.join("")] : [];
      });
    } catch {
      return []; // not saved yet, or being written
    }
  }
}
