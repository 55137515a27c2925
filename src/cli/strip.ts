/** `cairn strip`: notebooks without what running them has left there; for one's own folder, and as a filter of git. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { forgetEarlierRun } from "../execute/index.ts";
import { formatNotebook, parseNotebook } from "../nbformat/index.ts";
import { count } from "../report/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { findNotebookPaths } from "./find-notebooks.ts";

export const summary = "remove outputs from notebooks, also as a filter of git";

export const help: string = `Usage: cairn strip <path…> [--check]
       cairn strip < notebook > stripped

Removes outputs, execution counts and what else a run leaves: times of cells, states of widgets. Cells tagged "skip-execution" keep theirs.
A notebook that has nothing of this stays as it is, byte for byte.

  <path…>    notebooks, or folders of which all notebooks are taken; they are written in place
  --check    writes nothing, and names those that would be changed

Without a path it reads a notebook from the standard input and writes it to the standard output. As a filter of git it keeps outputs in your
files and out of your commits:
  git config filter.cairn-strip.clean "npx cairn strip"
  echo "*.ipynb filter=cairn-strip" >> .gitattributes

Exit code: 0, 1 with --check when some would be changed, 2 wrong usage or a file that is not a notebook.

Examples:
  cairn strip notebooks
  cairn strip notebooks --check`;

/** The notebook's file without what a run has left there; the same text where there is nothing of it. */
export function strip(file: string, name: string): string {
  const notebook = parseNotebook(file, name);
  const before = formatNotebook(notebook);
  forgetEarlierRun(notebook);
  const after = formatNotebook(notebook);
  return after === before ? file : after;
}

/** What is not UTF-8 must not come out as something else. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${name} is not UTF-8 text`, { cause: error });
  }
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { check: { type: "boolean" } } });
  if (positionals.length === 0) {
    if (values.check) throw new InputError("--check without a notebook", { hint: "cairn strip notebooks --check" });
    if (process.stdin.isTTY)
      throw new InputError("no notebook given", { hint: "cairn strip notebooks; without a path it reads from a pipe" });
    process.stdout.write(strip(decode(await buffer(process.stdin), "the standard input"), "the standard input"));
    return 0;
  }
  const paths = await findNotebookPaths(positionals);
  let changed = 0;
  for (const path of paths) {
    const file = decode(await readFile(path), path);
    const stripped = strip(file, path);
    if (stripped === file) continue;
    changed++;
    if (!values.check) await replaceFile(path, stripped);
    console.log(`${values.check ? "would be changed" : "stripped"}: ${path}`);
  }
  console.log(`${changed} of ${count(paths.length, "notebook")} ${values.check ? "would be changed" : "changed"}`);
  return values.check && changed > 0 ? 1 : 0;
}
