/** What to do about a complaint, where we know better than the compiler. */
import type { Surroundings } from "./complaints.ts";
import type { Cell } from "./documents.ts";
import { importLine } from "./importable.ts";
import { moduleHints, untypedHint } from "./module-hints.ts";
import type { TypeScript } from "./typescript.ts";

type Hint = (subject: string, cell: Cell, around: Surroundings) => string[];

/** By the compiler's number; `subject` is the text that it complains of. */
const byCode: Record<number, Hint> = {
  // Cannot find name
  2304: nameHints,
  2503: nameHints,
  2552: nameHints,
  2580: nameHints,
  2581: nameHints,
  2582: nameHints,
  2583: (name) => [`hint: Node ${process.versions.node}, which runs this notebook, does not have ${name}`],
  2584: nameHints,
  2591: nameHints,
  2592: nameHints,
  2593: nameHints,
  // Cannot find module
  2307: (literal, _, { folder }) => moduleHints(unquoted(literal), folder),
  2792: (literal, _, { folder }) => moduleHints(unquoted(literal), folder),
  // No declaration file
  7016: (literal, _, { folder }) => untypedHint(unquoted(literal), folder),
  // No exported member
  2305: exportHints,
};

export function hints({ file, start, length, code }: TypeScript.Diagnostic, cell: Cell, around: Surroundings): string[] {
  if (!file || start === undefined || length === undefined) return [];
  return byCode[code]?.(file.text.slice(start, start + length), cell, around) ?? [];
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
  ["str", "String(value) makes a text"],
  ["int", "Math.trunc(value) drops the fraction, Number.parseInt(text) reads a whole number"],
  ["np", 'tensors are in "kernel-helpers/tensor"'],
  ["plt", 'figures are in "kernel-helpers/plots"'],
  ["pd", 'tables are in "danfojs-node"'],
  ...["ls", "pwd", "cd", "cat", "git", "pip", "npm"].map(
    (command) => [command, `a shell's command runs by execSync("${command}") of "node:child_process"`] as const,
  ),
]);

function nameHints(name: string, cell: Cell, { lost, importable, program }: Surroundings): string[] {
  const own = lost.hint(name, cell.code);
  if (own !== undefined) return [own];
  if (browsers.has(name)) return [`hint: ${name} belongs to browsers; this notebook runs in Node`];
  const instead = foreign.get(name);
  if (instead !== undefined) return [`hint: ${instead}`];
  const sources = importable.all(program).get(name) ?? [];
  const lines = sources.slice(0, 3).map((about) => importLine(about));
  return lines.length === 0 ? [] : [`hint: import it at the top of the cell: ${lines.join("\n  or: ")}`];
}

function exportHints(name: string, _: Cell, { importable, program }: Surroundings): string[] {
  const [best] = importable.all(program).get(name) ?? [];
  return best ? [`hint: it is in another module: ${importLine(best)}`] : [];
}
