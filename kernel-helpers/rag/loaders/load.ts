/** A file of any kind that can be read, as a document. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { FormatError } from "../../errors.ts";
import { checkOptions, checkText } from "../../runtime/check.ts";
import { unreadable } from "../../runtime/files.ts";
import { decodeUtf8 } from "../../runtime/text-file.ts";
import type { Document } from "../document.ts";
import { readHtml } from "./html.ts";
import { readMarkdown } from "./markdown.ts";
import { readPdf } from "./pdf.ts";

export type DocumentKind = "markdown" | "html" | "pdf" | "text";

const extensions: Readonly<Record<string, DocumentKind>> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".mdx": "markdown",
  ".html": "html",
  ".htm": "html",
  ".xhtml": "html",
  ".pdf": "pdf",
  ".txt": "text",
  ".text": "text",
  ".rst": "text",
  ".adoc": "text",
  ".org": "text",
  ".tex": "text",
};

/** undefined for what is not read as a document. */
export const kindOf = (file: string): DocumentKind | undefined => extensions[path.extname(file).toLowerCase()];

/**
 * Reads a Markdown, HTML, PDF or text file.
 *
 * @param options.id The document's name in citations. @default the path
 * @throws {UnavailableError} There is no such file, or it cannot be read.
 * @throws {FormatError} It is of another kind, not UTF-8, or a PDF that cannot be opened.
 */
export async function loadDocument(file: string, options: { id?: string } = {}): Promise<Document> {
  checkText("file", file, { allowEmpty: false, hint: "pass the path of a file" });
  checkOptions("options", options, ["id"]);
  const id = checkText("id", options.id ?? file, { allowEmpty: false });
  const kind = kindOf(file);
  if (kind === undefined) {
    throw new FormatError(`${file} is of a kind that is not read`, {
      hint: `what is read: ${Object.keys(extensions).join(", ")}`,
      facts: { file, reason: "kind" },
    });
  }
  return parseDocument(id, kind, await readBytes(file));
}

export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** @throws {FormatError} The bytes are not of this kind. */
export async function parseDocument(id: string, kind: DocumentKind, bytes: Uint8Array): Promise<Document> {
  if (kind === "pdf") return readPdf(id, bytes);
  const text = decodeUtf8(bytes, id);
  if (kind === "markdown") return readMarkdown(id, text);
  if (kind === "html") return readHtml(id, text);
  return { id, text, headings: [] };
}
