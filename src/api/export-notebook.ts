/** Notebooks as HTML text. */
import { basename, dirname } from "node:path";
import { readNotebook, type Notebook } from "../nbformat/index.ts";
import { renderNotebook } from "../render/index.ts";
import { checkOptions } from "./check.ts";

export interface ExportOptions {
  /** @default the notebook's metadata.title, else its first heading, else its name */
  title?: string;
  /** File name of the notebook that the page offers for download. @default that of the file, or "notebook.ipynb" */
  name?: string;
  /** Folder from which pictures that its Markdown names are taken. @default that of the file; without one they are shown as their description */
  folder?: string;
  /** The address of what lies at a path beside the notebook, for links; undefined leaves a link as it is. */
  link?: (path: string) => string | undefined;
}

/**
 * The notebook with its outputs as one HTML page that needs nothing else: figures, formulas and their fonts are inside. Nothing is executed.
 *
 * @param notebook A file, or a notebook in memory such as `run.notebook`.
 * @throws {InputError} The file cannot be read. @throws {NotebookFormatError} It is not a notebook.
 */
export async function exportNotebook(notebook: string | Notebook, options: ExportOptions = {}): Promise<string> {
  checkOptions(options, { title: "text", name: "text", folder: "text", link: "function" });
  if (typeof notebook !== "string") return renderNotebook(notebook, options);
  const place = { name: basename(notebook), folder: dirname(notebook) };
  return renderNotebook(await readNotebook(notebook), { ...place, ...options });
}
