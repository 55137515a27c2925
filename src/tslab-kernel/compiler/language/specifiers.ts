/** Modules that can be imported, by the specifier that is being written. */
import { dirname } from "node:path";
import type { Draft, Drafts } from "./draft.ts";
import { installation, isBare } from "../modules/modules.ts";
import { library, packageFolder, rooms, shippedPackages } from "../modules/packages.ts";
import { ts } from "../typescript.ts";

interface Around {
  drafts: Drafts;
  /** The notebook's folder. */
  folder: string;
}

/** @param typed What of it is there. Returns whole specifiers that continue it; a folder ends with a slash. */
export function specifiersAt(draft: Draft, cursor: number, typed: string, { drafts, folder }: Around): string[] {
  const here = fromCompiler(draft, cursor, typed);
  const others = isBare(typed) ? [...(typed.startsWith(library) ? rooms(folder) : []), ...shippedPackages(folder)] : [];
  // A path into a package that only this installation has.
  const name = /^(?:@[^/]+\/)?[^/]+(?=\/)/.exec(typed)?.[0];
  const isElsewhere = name !== undefined && isBare(typed) && packageFolder(name, folder) !== undefined && here.length === 0;
  const there = isElsewhere ? fromCompiler(drafts.openAt(dirname(installation), draft.code), cursor, typed) : [];
  return [...new Set([...here, ...there, ...others, ...ambient(draft)])].filter(
    (specifier) => specifier.startsWith(typed) && !specifier.endsWith("node_modules/"),
  );
}

/** Node's own modules, of which the compiler forgets those whose name goes on behind a slash. */
function ambient({ language }: Draft): string[] {
  const modules = language.getProgram()!.getTypeChecker().getAmbientModules();
  return modules.map(({ name }) => name.slice(1, -1)).filter((name) => !name.includes("*"));
}

function fromCompiler({ language, fileName, start }: Draft, cursor: number, typed: string): string[] {
  const { entries = [] } = language.getCompletionsAtPosition(fileName, start + cursor, { importModuleSpecifierEnding: "minimal" }) ?? {};
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  return entries.map(({ name, kind }) => {
    if (kind === ts.ScriptElementKind.externalModuleName) return name;
    return folder + name + (kind === ts.ScriptElementKind.directory ? "/" : "");
  });
}
