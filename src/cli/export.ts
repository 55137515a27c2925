/** `cairn export`: notebooks as they are → HTML files. */
import { basename, dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { describeError } from "../execute/index.ts";
import { readNotebook } from "../nbformat/index.ts";
import { isExecuted, renderNotebook } from "../render/index.ts";
import { count } from "../report/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { findNotebooks, type NotebookFile } from "./find-notebooks.ts";

export const summary: string = "write notebooks as HTML files that need nothing else";

export const help: string = `Usage: cairn export <path…> --out DIR

Writes one self-contained HTML file for each notebook. Nothing is executed: outputs are shown as the notebook has them.
The file opens from a disk and asks no network for anything; figures, formulas and their fonts are inside.

  <path…>     notebooks, or folders of which all notebooks are taken
  --out DIR   where the files go; made where it is missing

To execute notebooks first: cairn run <path…> --out DIR
A notebook that cannot be exported does not stop the others; at the end it is named, with the reason.
Exit code: 0 all written, 1 some could not be, 2 wrong usage.

Examples:
  cairn export report.ipynb --out pages
  cairn run notebooks --out executed && cairn export executed --out pages`;

/** Links between notebooks that are exported together become links between their pages. */
function linker(source: NotebookFile, all: ReadonlyMap<string, NotebookFile>): (path: string) => string | undefined {
  return (path) => {
    const target = all.get(resolve(dirname(source.path), path));
    return target && relative(dirname(source.output), target.output).replaceAll("\\", "/");
  };
}

/** Returns what there is to say of it. @throws what keeps the page from being made. */
async function exportOne(source: NotebookFile, all: ReadonlyMap<string, NotebookFile>): Promise<string> {
  const notebook = await readNotebook(source.path);
  const html = await renderNotebook(notebook, { name: basename(source.path), folder: dirname(source.path), link: linker(source, all) });
  await replaceFile(source.output, html);
  const note = isExecuted(notebook) ? "" : "  (no outputs: it has not been executed)";
  return `${source.path} → ${source.output}, ${Math.ceil(html.length / 1024)} KB${note}`;
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { out: { type: "string" } } });
  if (positionals.length === 0) throw new InputError("no notebook given", { hint: "cairn export notebooks --out site" });
  if (values.out === undefined) throw new InputError("--out is missing", { hint: "say where the HTML files go: --out DIR" });
  const sources = await findNotebooks(positionals, values.out, ".html");
  const byPath = new Map(sources.map((source) => [resolve(source.path), source]));
  const failed: string[] = [];
  for (const source of sources) {
    try {
      console.log(await exportOne(source, byPath));
    } catch (error) {
      const { message } = describeError(error);
      failed.push(`✗ ${message.includes(source.path) ? message : `${source.path}: ${message}`}`);
    }
  }
  if (failed.length === 0) return 0;
  console.error(`${sources.length - failed.length} of ${count(sources.length, "notebook")} written, not these:\n${failed.join("\n")}`);
  return 1;
}
