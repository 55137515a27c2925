/** What `import` of a cell does: asks the compiler where the module is, loads it, and picks the exports. */
import { readFile } from "node:fs/promises";
import type { CompilerLink } from "./compiler-link.ts";
import { parse } from "./intrinsics.ts";
import { mapScript } from "./source-lines.ts";

type Namespace = Record<string, unknown>;

export class Imports {
  readonly #compiler: CompilerLink;
  readonly #from: string;

  /** @param from Path of the file that the cells are, for Node: relative to it modules are looked up. */
  constructor(compiler: CompilerLink, from: string) {
    this.#compiler = compiler;
    this.#from = from;
  }

  /** The module; or, where `names` are given, these of its exports. */
  load = async (specifier: unknown, names?: readonly string[], from: string = this.#from): Promise<unknown> => {
    const module = await this.#load(String(specifier), from);
    return names === undefined ? whole(module) : names.map((name) => pick(module, name, String(specifier)));
  };

  async #load(specifier: string, from: string): Promise<Namespace> {
    const location = await this.#compiler.locate(specifier, from);
    if ("json" in location) return { default: parse(await readFile(location.json, "utf8")) as unknown };
    for (const { url, source, sourceMap } of location.modules ?? []) mapScript(url, { source, sourceMap });
    return (await import(location.url)) as Namespace;
  }
}

/** What a CommonJS module exports; nothing for an ES module. */
function commonJs(module: Namespace): Namespace | undefined {
  const exported = module["default"];
  const isObject = (typeof exported === "object" && exported !== null) || typeof exported === "function";
  return isObject ? (exported as Namespace) : undefined;
}

/** Node finds the names that CommonJS exports by reading its text, and misses some; there they are all the same. */
function pick(module: Namespace, name: string, specifier: string): unknown {
  const exported = commonJs(module);
  // A default that was compiled to CommonJS, as the compiler's types and bundlers have it.
  if (name === "default" && exported?.["__esModule"] === true && "default" in exported) return exported["default"];
  if (name in module) return module[name];
  if (exported && name in exported) return exported[name];
  throw new SyntaxError(`the module '${specifier}' has no export named '${name}'`);
}

function whole(module: Namespace): Namespace {
  const exported = commonJs(module);
  const isWhole = !exported || Object.keys(exported).every((name) => name in module);
  return isWhole ? module : Object.assign(Object.create(null) as Namespace, exported, module);
}
