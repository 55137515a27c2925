/** What can stand at the cursor: names in scope, members, keys, texts that a type allows, modules and what they export. */
import type { Drafts } from "./draft.ts";
import { type ImportableName, type ImportableNames, isTypeOnly } from "./importable.ts";
import { type Kind, kindOfElement, kindOfSymbol, unaliased } from "./kinds.ts";
import { specifiersAt } from "./specifiers.ts";
import { isSpecifier, textAt } from "../tree.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface Candidate {
  name: string;
  kind: Kind;
  /** Parameters and result of a function, the type of a value. */
  signature: string;
  /** The module that the cell would have to import it from. */
  from?: string;
}

export interface Completions {
  candidates: Candidate[];
  /** Where the text begins that they stand in place of; it ends at the cursor. */
  start: number;
}

/** Of no more than these is the signature worked out: to ask it of all that Node declares would take seconds. */
const maxSignatures = 30;
/** So much of a name must be there before names are offered that have to be imported first … */
const minToImport = 2;
/** … and no more than these. */
const maxToImport = 40;

export class Completer {
  readonly #drafts: Drafts;
  readonly #importable: ImportableNames;
  readonly #folder: string;

  /** @param folder The notebook's. */
  constructor(drafts: Drafts, importable: ImportableNames, folder: string) {
    this.#drafts = drafts;
    this.#importable = importable;
    this.#folder = folder;
  }

  complete(code: string, cursor: number): Completions {
    const draft = this.#drafts.open(code);
    const program = draft.language.getProgram()!;
    const file = program.getSourceFile(draft.fileName)!;
    const text = textAt(file, draft.start + cursor);
    if (text && isSpecifier(text)) {
      const start = text.getStart(file) + 1 - draft.start;
      const specifiers = specifiersAt(draft, cursor, code.slice(start, cursor), { drafts: this.#drafts, folder: this.#folder });
      return { candidates: specifiers.map((name) => ({ name, kind: name.endsWith("/") ? "path" : "module", signature: "" })), start };
    }
    const start = text ? text.getStart(file) + 1 - draft.start : startOfName(code, cursor);
    const prefix = code.slice(start, cursor);
    const found = draft.language.getCompletionsAtPosition(draft.fileName, draft.start + cursor, {
      includeSymbol: true,
      includeCompletionsWithInsertText: true,
    });
    if (!found) return { candidates: [], start };
    const checker = program.getTypeChecker();
    const inScope = continuing(prefix, offered(found, prefix), ({ name }) => name);
    const candidates = inScope.map((entry, index) => toCandidate(entry, checker, file, index < maxSignatures));
    return { candidates: [...candidates, ...this.#toImport(found, prefix, candidates, program)], start };
  }

  /** Names that would have to be imported, where any name can stand. One that differs in case is dropped where one in scope does not. */
  #toImport(found: TypeScript.CompletionInfo, prefix: string, inScope: readonly Candidate[], program: TypeScript.Program): Candidate[] {
    const isTypePlace =
      found.entries.some(({ name, kind }) => name === "keyof" && kind === ts.ScriptElementKind.keyword) && !found.isGlobalCompletion;
    if (prefix.length < minToImport || !(found.isGlobalCompletion || isTypePlace)) return [];
    const taken = new Set(inScope.map(({ name }) => name));
    const all = [...this.#importable.all(program).values()].flatMap(([best]) =>
      best && !taken.has(best.name) && (isTypePlace || !isTypeOnly(best)) ? [best] : [],
    );
    const hasExact = inScope.some(({ name }) => name.startsWith(prefix));
    const matching = hasExact ? all.filter(({ name }) => name.startsWith(prefix)) : continuing(prefix, all, ({ name }) => name);
    return matching.slice(0, maxToImport).map(toImported);
  }
}

function toImported({ name, kind, from }: ImportableName): Candidate {
  return { name, kind, signature: `import from ${JSON.stringify(from)}`, from };
}

/** A private name begins with a #. */
export const startOfName = (code: string, cursor: number): number =>
  cursor - /#?[\p{ID_Continue}$]*$/u.exec(code.slice(0, cursor))![0].length;

/** Those that go on from what is typed; in another case only if none does in the same. */
function continuing<T>(prefix: string, candidates: readonly T[], nameOf: (candidate: T) => string): T[] {
  const exact = candidates.filter((candidate) => nameOf(candidate).startsWith(prefix));
  const lower = prefix.toLowerCase();
  return exact.length > 0 ? exact : candidates.filter((candidate) => nameOf(candidate).toLowerCase().startsWith(lower));
}

/** Words for types, which the compiler offers where a statement can begin as well. */
const wordsOfTypes: ReadonlySet<string> = new Set(
  "any asserts bigint boolean infer is keyof never number object package readonly string symbol unique unknown".split(" "),
);

/** What the compiler finds, without what cannot be put there as it stands, what is deprecated, and keywords that have not been begun. */
function offered({ entries, isGlobalCompletion }: TypeScript.CompletionInfo, prefix: string): TypeScript.CompletionEntry[] {
  const isOffered = ({ name, kind, kindModifiers = "", insertText }: TypeScript.CompletionEntry): boolean =>
    !/\bdeprecated\b/.test(kindModifiers) &&
    kind !== ts.ScriptElementKind.warning &&
    // `["a-b"]` would have to replace the dot as well.
    insertText?.startsWith("[") !== true &&
    !(kind === ts.ScriptElementKind.keyword && (prefix === "" || (isGlobalCompletion && wordsOfTypes.has(name))));
  return entries.filter(isOffered).toSorted(byRelevance);
}

/** As the compiler has it: locals before globals. Names that say by a _ that they are not for everybody come last. */
function byRelevance(a: TypeScript.CompletionEntry, b: TypeScript.CompletionEntry): number {
  const rank = ({ name, sortText }: TypeScript.CompletionEntry): string => `${name.length > 1 && name.startsWith("_") ? 1 : 0}${sortText}`;
  const [left, right] = [rank(a), rank(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function toCandidate(
  { name, kind, symbol }: TypeScript.CompletionEntry,
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  withSignature: boolean,
): Candidate {
  if (!symbol) return { name, kind: kindOfElement(kind), signature: "" };
  const target = unaliased(symbol, checker);
  const plain = kindOfSymbol(target);
  if (!withSignature || (target.flags & ts.SymbolFlags.Value) === 0) return { name, kind: plain, signature: "" };
  const type = checker.getTypeOfSymbolAtLocation(target, file);
  const [call] = type.getCallSignatures();
  if (!call && type.getConstructSignatures().length > 0) return { name, kind: "class", signature: "" };
  if (!call) return { name, kind: plain, signature: plain === "module" ? "" : checker.typeToString(type, file) };
  return { name, kind: asFunction(plain), signature: checker.signatureToString(call, file) };
}

/** A constant or a property that is a function is used as one. */
function asFunction(kind: Kind): Kind {
  if (kind === "property") return "method";
  return kind === "constant" || kind === "variable" || kind === "parameter" ? "function" : kind;
}
