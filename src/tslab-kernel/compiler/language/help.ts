/** What is known of the name at the cursor, and of the call that the cursor is in. */
import type { Documents } from "../documents.ts";
import type { Draft, Drafts } from "./draft.ts";
import { importLine, type ImportableNames } from "./importable.ts";
import { legible } from "./legible.ts";
import { markdownOf, type Passage, plainOf } from "./passages.ts";
import { isSpecifier, textAt } from "../tree.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface Help {
  plain: string;
  markdown: string;
}

/** Of a long declaration the beginning says enough. */
const maxSourceLines = 40;

/** Of a module with many exports no more than these are named. */
const maxExports = 60;

export class Helper {
  readonly #drafts: Drafts;
  readonly #documents: Documents;
  readonly #importable: ImportableNames;

  constructor(drafts: Drafts, documents: Documents, importable: ImportableNames) {
    this.#drafts = drafts;
    this.#documents = documents;
    this.#importable = importable;
  }

  /** @param detailed Whether the source of its declaration is asked for as well. */
  at(code: string, cursor: number, { detailed = false }: { detailed?: boolean } = {}): Help | undefined {
    const draft = this.#drafts.open(code);
    const passages = [...this.#name(draft, code, cursor, detailed), ...this.#call(draft, cursor)];
    if (passages.length === 0) return undefined;
    const read = (text: string): string => legible(text, this.#documents);
    return { plain: read(plainOf(passages)), markdown: read(markdownOf(passages)) };
  }

  #name(draft: Draft, code: string, cursor: number, detailed: boolean): Passage[] {
    const at = [cursor, cursor - 1].find((place) => /[\p{ID_Continue}$#]/u.test(code.charAt(place)));
    if (at === undefined) return [];
    const module = modulePassage(draft, draft.start + cursor);
    if (module) return [module];
    const info = draft.language.getQuickInfoAtPosition(draft.fileName, draft.start + at);
    if (info && !isUnknown(info)) return [toPassage(info), ...(detailed ? source(draft, draft.start + at) : [])];
    return this.#notImported(draft, code, at);
  }

  /** A name that is not there yet but could be imported: what completion has offered is explained before it is taken. */
  #notImported(draft: Draft, code: string, at: number): Passage[] {
    const name = wordAt(code, at);
    const [best] = this.#importable.all(draft.language.getProgram()!).get(name) ?? [];
    const isMember = /\.\s*$/.test(code.slice(0, at).replace(/[\p{ID_Continue}$]*$/u, ""));
    if (!best || isMember) return [];
    const line = importLine(best);
    const again = this.#drafts.open(code, line);
    const found = again.language.getQuickInfoAtPosition(again.fileName, again.start + at);
    return found ? [{ ...toPassage(found), note: line }] : [];
  }

  /** The signature of the call around the cursor, the parameter that is being written marked. */
  #call(draft: Draft, cursor: number): Passage[] {
    const help = draft.language.getSignatureHelpItems(draft.fileName, draft.start + cursor, { triggerReason: { kind: "invoked" } });
    const item = help?.items[help.selectedItemIndex];
    if (!help || !item) return [];
    const parameters = item.parameters.map(({ displayParts }) => text(displayParts));
    const active = Math.min(help.argumentIndex, item.parameters.length - 1);
    const others = help.items.length - 1;
    return [
      {
        before: text(item.prefixDisplayParts),
        parameters,
        separator: text(item.separatorDisplayParts),
        active: parameters[active],
        after: text(item.suffixDisplayParts),
        note: others > 0 ? `one of ${help.items.length} signatures` : undefined,
        about: about(item.parameters[active]),
        documentation: text(item.documentation),
        // Those of other parameters are not what is being written.
        tags: item.tags.filter(({ name }) => name !== "param").map(toTag),
      },
    ];
  }
}

const text = (parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string =>
  ts.displayPartsToString(parts as TypeScript.SymbolDisplayPart[] | undefined);

/** Nothing is known of a name that is not declared. */
const isUnknown = (info: TypeScript.QuickInfo): boolean => text(info.displayParts) === "any";

const wordAt = (code: string, at: number): string =>
  /[\p{ID_Continue}$]*$/u.exec(code.slice(0, at))![0] + /^[\p{ID_Continue}$]*/u.exec(code.slice(at))![0];

function toPassage({ displayParts, documentation, tags = [] }: TypeScript.QuickInfo): Passage {
  // That a name came through an import is of no interest, and what a cell has from another came through one unseen.
  const signature = text(displayParts)
    .replace(/^\(alias\) /, "")
    .replace(/\nimport [^\n]*$/, "");
  return { before: signature, documentation: text(documentation), tags: tags.map(toTag) };
}

function toTag({ name, text: parts }: TypeScript.JSDocTagInfo): { name: string; text: string } {
  return { name, text: text(parts) };
}

function about(parameter: TypeScript.SignatureHelpParameter | undefined): { name: string; text: string } | undefined {
  const said = text(parameter?.documentation);
  return parameter && said !== "" ? { name: parameter.name, text: said } : undefined;
}

/** What a module has to offer, where the cursor is in its specifier. */
function modulePassage({ language, fileName }: Draft, position: number): Passage | undefined {
  const program = language.getProgram()!;
  const literal = textAt(program.getSourceFile(fileName)!, position);
  if (!literal || !isSpecifier(literal)) return undefined;
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(literal);
  const names = symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : [];
  if (names.length === 0) return undefined;
  const shown = `${names.slice(0, maxExports).join(", ")}${names.length > maxExports ? ", …" : ""}`;
  return { before: `module ${JSON.stringify(literal.text)}`, documentation: `exports ${shown}`, tags: [] };
}

function source({ language, fileName }: Draft, position: number): Passage[] {
  const [definition] = language.getDefinitionAtPosition(fileName, position) ?? [];
  const file = definition && language.getProgram()!.getSourceFile(definition.fileName);
  if (!definition || !file || definition.fileName === fileName) return [];
  const { start, length } = definition.contextSpan ?? definition.textSpan;
  const lines = file.text.slice(start, start + length).split("\n");
  return [
    {
      before: [...lines.slice(0, maxSourceLines), ...(lines.length > maxSourceLines ? ["…"] : [])].join("\n"),
      documentation: "",
      tags: [],
    },
  ];
}
