/**
 * What is said in the library's files about their declarations. Their text comes without comments; where the language
 * service asks a symbol or a signature for its documentation, the comments of its declarations are parsed first.
 */
import type { DeferredModules } from "./deferred-modules.ts";
import type { Library } from "./library.ts";
import { ts, type TypeScript } from "../typescript.ts";

/** Where TypeScript keeps parsed comments, and the tags that it found in them. */
interface Documented extends TypeScript.Node {
  jsDoc?: TypeScript.JSDoc[];
  jsDocCache?: unknown;
}

/** Where the checker looks for names. */
interface Scope extends TypeScript.Node {
  symbol?: unknown;
  locals?: unknown;
}

/** What the language service calls: methods of all symbols, or of all signatures. */
const askedOfSymbols = ["getDocumentationComment", "getContextualDocumentationComment", "getJsDocTags", "getContextualJsDocTags"];
const askedOfSignatures = ["getDocumentationComment", "getJsDocTags"];

type Method = (this: object, ...parameters: unknown[]) => unknown;

export class LibraryDocumentation {
  readonly #library: Library;
  readonly #modules: DeferredModules;
  #comments: ReadonlyMap<number, string> | undefined;

  constructor(library: Library, modules: DeferredModules) {
    this.#library = library;
    this.#modules = modules;
  }

  /** Makes symbols and signatures of this thread bring their comments. To be called once. */
  install(): void {
    const { objectAllocator } = ts as unknown as {
      objectAllocator: Record<"getSymbolConstructor" | "getSignatureConstructor", () => { prototype: object }>;
    };
    before(
      objectAllocator.getSymbolConstructor().prototype,
      askedOfSymbols,
      (symbol) => (symbol as TypeScript.Symbol).declarations ?? [],
      this.#attach,
    );
    before(
      objectAllocator.getSignatureConstructor().prototype,
      askedOfSignatures,
      (signature) => [(signature as TypeScript.Signature).declaration],
      this.#attach,
    );
  }

  #attach = (declaration: TypeScript.Node | undefined): void => {
    const file = declaration?.getSourceFile();
    const start = file && this.#modules.startOf(file);
    if (start === undefined) return;
    // A variable's comment stands before its statement, a parameter's in that of its function.
    for (let node: Documented | undefined = declaration; node && node !== file; node = node.parent as Documented) {
      if (node.jsDoc) continue;
      this.#comments ??= this.#library.comments();
      const comment = this.#comments.get(start + node.getStart(file));
      if (comment === undefined) continue;
      node.jsDoc = parse(comment, node);
      delete node.jsDocCache;
    }
  };
}

function before(
  prototype: object,
  methods: readonly string[],
  declarations: (asked: object) => readonly (TypeScript.Node | undefined)[],
  attach: (declaration: TypeScript.Node | undefined) => void,
): void {
  const all = prototype as Record<string, Method>;
  for (const name of methods) {
    const method = all[name]!;
    all[name] = function (...parameters) {
      for (const declaration of declarations(this)) attach(declaration);
      return method.apply(this, parameters);
    };
  }
}

/** @param of Its comment: names that it links to are looked up in the module around it. */
function parse(comment: string, of: Scope): TypeScript.JSDoc[] {
  const file = ts.createSourceFile("comment.d.ts", `declare module "comment" {\n${comment}\nvar it;\n}`, ts.ScriptTarget.Latest, true);
  const module = file.statements[0] as TypeScript.ModuleDeclaration & Scope;
  const around = ts.findAncestor(of, ts.isModuleDeclaration) as Scope | undefined;
  if (around) [module.symbol, module.locals] = [around.symbol, around.locals];
  return ((module.body as TypeScript.ModuleBlock).statements[0] as Documented).jsDoc ?? [];
}
