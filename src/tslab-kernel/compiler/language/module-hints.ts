/** What to do about a module that is not found. */
import { existsSync, readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { isBare } from "../modules/modules.ts";
import { nearest } from "./nearest.ts";
import { installedPackages, library, packageFolder, rooms, shippedPackages } from "../modules/packages.ts";

/** What Python calls it → what does it here: a package of that name would be another one. */
const pythons: ReadonlyMap<string, string> = new Map([
  ["numpy", '"kernel-helpers/tensor"'],
  ["torch", '"kernel-helpers/tensor" and "kernel-helpers/nn"'],
  ["matplotlib", '"kernel-helpers/plots"'],
  ["pandas", '"danfojs-node"'],
]);

/**
 * @param folder The notebook's.
 * @param known Rooms that the library has.
 */
export function moduleHints(specifier: string, folder: string, known: readonly string[] = rooms(folder)): string[] {
  if (!isBare(specifier)) return /^\.{0,2}\//.test(specifier) ? fileHints(specifier, folder) : [];
  const name = packageOf(specifier);
  if (name === library) return libraryHints(specifier, known);
  const python = pythons.get(name);
  if (python !== undefined) return [`hint: ${name} is Python's; here it is ${python}`];
  if (packageFolder(name, folder) !== undefined)
    return specifier === name ? [] : [`hint: the package ${name} is there, but exports no "${specifier.slice(name.length + 1)}"`];
  const guess = nearest(specifier, [...new Set([...installedPackages(folder), ...shippedPackages(folder), ...builtinModules])]);
  const install = `install it in the notebook's folder: npm install ${name}`;
  return [guess === undefined ? `hint: ${install}` : `hint: did you mean "${guess}"? If not, ${install}`];
}

const packageOf = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

function libraryHints(specifier: string, known: readonly string[]): string[] {
  if (known.length === 0)
    return [`hint: ${library} comes with Cairn: run npm ci in its checkout, and open this notebook by npx cairn lab there`];
  if (known.includes(specifier)) return [`hint: ${library} is there, but not built: run npm run build in its checkout`];
  const names = known.map((room) => room.slice(library.length + 1));
  const guess = nearest(specifier.slice(library.length + 1), names);
  return [guess === undefined ? `hint: ${library} has these rooms: ${names.join(", ")}` : `hint: did you mean "${library}/${guess}"?`];
}

/** Of a folder with many files no more than these are named. */
const maxNames = 8;

function fileHints(specifier: string, folder: string): string[] {
  const wanted = resolve(folder, specifier);
  const parent = dirname(wanted);
  const above = specifier.slice(0, specifier.lastIndexOf("/") + 1);
  if (!existsSync(parent)) return [`hint: there is no folder ${parent}`];
  const names = readdirSync(parent, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() ? existsSync(join(parent, entry.name, "index.ts")) : /\.([cm]?[jt]s|json)$/.test(entry.name)))
    .map(({ name }) => name.replace(/\.[cm]?[jt]s$/, ""));
  const guess = nearest(basename(wanted).replace(/\.[cm]?[jt]s$/, ""), names);
  if (guess !== undefined) return [`hint: did you mean "${above}${guess}"?`];
  if (names.length === 0) return [`hint: ${parent} has no modules`];
  return [`hint: ${parent} has ${names.slice(0, maxNames).join(", ")}${names.length > maxNames ? ", …" : ""}`];
}

/** Under `strict` a package without types is an error. */
export function untypedHint(specifier: string, folder: string): string[] {
  if (!isBare(specifier)) return [];
  const name = packageOf(specifier);
  const types = name.startsWith("@") ? name.slice(1).replace("/", "__") : name;
  const isThere = packageFolder(`@types/${types}`, folder) !== undefined;
  return isThere ? [] : [`hint: its types may be in a package of their own: npm install --save-dev @types/${types}`];
}
