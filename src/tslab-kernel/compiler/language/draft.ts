/** The text that is being edited, as a document that sees what all cells have declared. */
import { dirname, join } from "node:path";
import { type Cell, type Documents, specifierOf } from "../documents.ts";
import { draftName } from "./legible.ts";
import type { CellService } from "../service.ts";
import type { TypeScript } from "../typescript.ts";

export interface Draft {
  language: TypeScript.LanguageService;
  fileName: string;
  /** Where the edited text begins: what is imported stands above it, where nothing unfinished can swallow it. */
  start: number;
  code: string;
}

export class Drafts {
  readonly #documents: Documents;
  /** One of its own: cells are checked against no more than what they import. */
  readonly #service: CellService;

  constructor(documents: Documents, service: CellService) {
    this.#documents = documents;
    this.#service = service;
  }

  /** @param imports What else it is to see. */
  open(code: string, imports: string = ""): Draft {
    this.#service.refresh();
    const { declared, fileName: sibling } = this.#documents.parse(draftName, code);
    const above = `${this.#scope(declared)}${imports}\n;\n`;
    const fileName = this.#service.edit(join(dirname(sibling), `${draftName}.ts`), above + code);
    return { language: this.#service.language, fileName, start: above.length, code };
  }

  /** Elsewhere than in the notebook's folder, where it finds other modules, and no cells. */
  openAt(folder: string, code: string): Draft {
    const fileName = this.#service.edit(join(folder, `${draftName}.ts`), code);
    return { language: this.#service.language, fileName, start: 0, code };
  }

  /** Imports, where cells themselves declare variables so that they can assign: through an import comes what its declaration says of it. */
  #scope(declared: ReadonlyMap<string, unknown>): string {
    const namesOf = new Map<Cell, string[]>();
    for (const [name, owner] of this.#documents.owners) {
      if (!declared.has(name)) namesOf.set(owner, [...(namesOf.get(owner) ?? []), name]);
    }
    return [...namesOf].map(([owner, names]) => `import { ${names.join(", ")} } from ${JSON.stringify(specifierOf(owner))};`).join("");
  }
}
