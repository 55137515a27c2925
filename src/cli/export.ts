/** `cairn export`: notebooks as they are → HTML files. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { readNotebook } from "../nbformat/index.ts";
import { isExecuted, renderNotebook } from "../render/index.ts";
import { replaceFile } from "../runtime/files.ts";

export const summary: string = "write notebooks as HTML files that need nothing else";

export const help: string = `Usage: cairn export <path…> --out DIR

Writes one self-contained HTML file for each notebook. Nothing is executed: outputs are shown as the notebook has them.
The file opens from a disk and asks no network for anything; figures, formulas and their fonts are inside.

  <path…>     notebooks, or folders of which all notebooks are taken
  --out DIR   where the files go; made where it is missing

To execute notebooks first: cairn run <path…> --out DIR
Exit code: 0 all written, 2 wrong usage or a file that is no notebook.

Examples:
  cairn export report.ipynb --out pages
  cairn run notebooks --out executed && cairn export executed --out pages`;

interface Source {
  path: string;
  /** The page's path within --out. */
  page: string;
}

const pageOf = (path: string): string => path.replace(/\.ipynb$/, ".html");

/** Notebooks of a folder and the folders in it, in the order of their names. */
async function inFolder(folder: string): Promise<Source[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ipynb"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/(^|\/)(\.[^/]+|node_modules)\//.test(relative(folder, path).replaceAll("\\", "/")))
    .toSorted()
    .map((path) => ({ path, page: pageOf(relative(folder, path)) }));
}

async function sourcesOf(path: string): Promise<Source[]> {
  const about = await stat(path).catch((error: unknown) => {
    throw new InputError(`cannot read ${path}: there is no such file or folder`, { cause: error });
  });
  if (about.isDirectory()) {
    const sources = await inFolder(path);
    if (sources.length === 0) throw new InputError(`there is no notebook in ${path}`, { hint: "notebooks end in .ipynb" });
    return sources;
  }
  if (!path.endsWith(".ipynb")) throw new InputError(`${path} is not a notebook`, { hint: "notebooks end in .ipynb" });
  return [{ path, page: pageOf(basename(path)) }];
}

/** Links between notebooks that are exported together become links between their pages. */
function linker(source: Source, all: ReadonlyMap<string, Source>): (href: string) => string {
  return (href) => {
    const [path = "", anchor] = href.split("#");
    const target = all.get(join(dirname(source.path), decodeURIComponent(path)));
    if (!target) return href;
    const page = relative(dirname(source.page), target.page).replaceAll("\\", "/");
    return page + (anchor === undefined ? "" : `#${anchor}`);
  };
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { out: { type: "string" } } });
  if (positionals.length === 0) throw new InputError("no notebook is given", { hint: "cairn export notebooks --out site" });
  if (values.out === undefined) throw new InputError("--out is missing", { hint: "say where the HTML files go: --out DIR" });
  const sources = (await Promise.all(positionals.map(sourcesOf))).flat();
  const bySource = new Map(sources.map((source) => [join(source.path), source]));
  const byPage = new Map<string, string>();
  for (const { path, page } of bySource.values()) {
    const other = byPage.get(page);
    if (other !== undefined) throw new InputError(`${other} and ${path} would both become ${page}`, { hint: "export them to two folders" });
    byPage.set(page, path);
  }
  for (const source of bySource.values()) {
    const notebook = await readNotebook(source.path);
    const html = await renderNotebook(notebook, {
      name: basename(source.path),
      folder: dirname(source.path),
      link: linker(source, bySource),
    });
    const target = join(values.out, source.page);
    await replaceFile(target, html);
    const note = isExecuted(notebook) ? "" : "  (no outputs: it has not been executed)";
    console.log(`${source.path} → ${target}, ${Math.ceil(html.length / 1024)} KB${note}`);
  }
  return 0;
}
