/** `cairn index`: a folder of documents made searchable, in a process of the library's. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "make a folder of your documents searchable, for cairn ask";

export const help: string = `Usage: cairn index DIR [--encoder NAME]

Reads the Markdown, HTML, PDF and text files in DIR and in the folders below it, cuts them at headings and sentences, and keeps an index of them in
DIR/.cairn. Then ask: cairn ask "…". Nothing leaves this machine.

Run it again after documents have changed: only what is new or has changed is read; what is gone is forgotten, and a file that was only renamed costs nothing.
Ctrl-C stops it, and the next run goes on from there.

  --encoder NAME   what searches by meaning, beside the search by words: multilingual-e5-small (72 MB, Chinese and English) where it is left out; another
                   encoder by its name; or none, which is faster and finds what is said in the same words

Left out: what .gitignore or a .cairnignore (the same form) names, names that begin with a dot, node_modules, dist, build and the like, files of other
kinds, and those above 32 MB. To forget an index, delete DIR/.cairn.

Examples:
  cairn index ~/notes
  cd ~/notes && cairn ask "when is the lease up?"

Exit code: 0, 1 when the folder cannot be read or written, 2 wrong usage, 130 interrupted.`;

export function run(argv: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args: argv, allowPositionals: true, options: { encoder: { type: "string" } } });
  const [folder] = positionals;
  if (folder === undefined) throw new InputError("the folder is missing", { hint: "cairn index DIR; for this one, cairn index ." });
  if (positionals.length > 1) throw new InputError(`one folder, not ${positionals.length}`, { hint: "cairn index DIR" });
  return runLibrary("rag", "rag-cli.js", ["index", resolve(folder), JSON.stringify(values)]);
}
