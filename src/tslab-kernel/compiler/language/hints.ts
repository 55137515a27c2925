/** What to do about a complaint, where we know better than the compiler. */
import { dirname } from "node:path";
import type { Surroundings } from "./complaints.ts";
import type { Cell } from "../documents.ts";
import { importLine } from "./importable.ts";
import { moduleHints, untypedHint } from "./module-hints.ts";
import type { TypeScript } from "../typescript.ts";

interface Context extends Surroundings {
  cell: Cell;
  /** Where the complaint is: in the cell, or in a file that it imports. */
  fileName: string;
}

type Hint = (subject: string, context: Context) => string[];

/** By the compiler's number; `subject` is the text that it complains of. */
const byCode: Record<number, Hint> = {
  // Cannot find name
  2304: nameHints,
  2503: nameHints,
  2552: nameHints,
  2580: nameHints,
  2581: nameHints,
  2582: nameHints,
  2583: newerHint,
  2584: nameHints,
  2591: nameHints,
  2592: nameHints,
  2593: nameHints,
  // Property does not exist, but would in a newer library
  2550: newerHint,
  // Cannot find module
  2307: (literal, { fileName }) => moduleHints(unquoted(literal), dirname(fileName)),
  2792: (literal, { fileName }) => moduleHints(unquoted(literal), dirname(fileName)),
  // No declaration file
  7016: (literal, { fileName }) => untypedHint(unquoted(literal), dirname(fileName)),
  // No exported member
  2305: exportHints,
};

export function hints({ file, start, length, code }: TypeScript.Diagnostic, cell: Cell, around: Surroundings): string[] {
  if (!file || start === undefined || length === undefined) return [];
  return byCode[code]?.(file.text.slice(start, start + length), { ...around, cell, fileName: file.fileName }) ?? [];
}

const unquoted = (literal: string): string => literal.slice(1, -1);

const browsers = new Set(
  "document window alert navigator location localStorage sessionStorage XMLHttpRequest requestAnimationFrame HTMLElement jQuery $ history screen Image Audio".split(
    " ",
  ),
);

/** What other languages and shells call it → what does it here. */
const foreign: ReadonlyMap<string, string> = new Map([
  ["print", "console.log(…) prints"],
  ["len", "a text or an array says its length itself: list.length"],
  ["range", "Array.from({ length: 10 }, (_, i) => i) counts from 0 to 9"],
  ["None", "nothing is called undefined, or null"],
  ["True", "truth is written true"],
  ["False", "falsehood is written false"],
  ["self", "a method reaches its object by this"],
  ["str", "texts have the type string, and String(value) makes one"],
  ["int", "whole numbers have the type number, too; Math.trunc(value) drops a fraction"],
  ["np", 'tensors are in "kernel-helpers/tensor"'],
  ["plt", 'figures are in "kernel-helpers/plots"'],
  ["pd", 'tables are in "danfojs-node"'],
  ...["ls", "pwd", "cd", "cat", "git", "pip", "npm"].map(
    (command) => [command, `a shell's command runs by execSync("${command}") of "node:child_process"`] as const,
  ),
]);

function nameHints(name: string, { cell, fileName, lost, importable, program }: Context): string[] {
  const isCell = fileName === cell.fileName;
  const own = isCell ? lost.hint(name, cell.code) : undefined;
  if (own !== undefined) return [own];
  if (browsers.has(name)) return [`hint: ${name} belongs to browsers; this notebook runs in Node`];
  const instead = foreign.get(name);
  if (instead !== undefined) return [`hint: ${instead}`];
  const sources = importable.all(program).get(name) ?? [];
  const lines = sources.slice(0, 3).map((about) => importLine(about));
  return lines.length === 0 ? [] : [`hint: import it at the top of the ${isCell ? "cell" : "file"}: ${lines.join("\n  or: ")}`];
}

function newerHint(name: string): string[] {
  return [`hint: ${name} is newer than what is known of Node ${process.versions.node}, which runs this notebook`];
}

function exportHints(name: string, { importable, program }: Context): string[] {
  const [best] = importable.all(program).get(name) ?? [];
  return best ? [`hint: it is in another module: ${importLine(best)}`] : [];
}
