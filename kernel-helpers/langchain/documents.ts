/** LangChain's documents and ours: what a store keeps of them, and what a citation needs. */
import { Document, type DocumentInterface } from "@langchain/core/documents";
import { ArgumentError } from "../errors.ts";
import { checkObject, checkText } from "../runtime/check.ts";
import type { Chunk, Document as OurDocument } from "../rag/index.ts";
import type { Metadata } from "../retrieval/index.ts";

/** The field that a document's text is kept in, beside its metadata. */
const textField = "pageContent";

/** Fields that a filter cannot look into, such as lists, are kept as JSON under this prefix. */
const jsonPrefix = "json:";

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

/**
 * What a store keeps: the fields that filters look into as they are, the others as JSON, and the text.
 *
 * @throws {ArgumentError} The document is not one, or its metadata have a field "pageContent".
 */
export function toMetadata(argument: string, document: DocumentInterface): Metadata {
  const { pageContent, metadata } = checkObjectLike(argument, document);
  const fields: Metadata = { [textField]: checkText(`${argument}.pageContent`, pageContent) };
  for (const [field, value] of Object.entries(metadata ?? {})) {
    if (value === undefined) continue;
    if (field === textField) {
      throw new ArgumentError(`${argument}.metadata has a field "${textField}", where the text is kept`, { hint: "rename the field" });
    }
    if (isScalar(value)) fields[field] = value;
    else fields[`${jsonPrefix}${field}`] = JSON.stringify(value);
  }
  return fields;
}

export function toDocument(id: string, fields: Metadata): Document {
  const metadata: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field === textField) continue;
    if (field.startsWith(jsonPrefix)) metadata[field.slice(jsonPrefix.length)] = JSON.parse(value as string);
    else metadata[field] = value;
  }
  return new Document({ id, pageContent: String(fields[textField] ?? ""), metadata });
}

/**
 * A chunk as LangChain's Document: its text, the file it is from as `source`, its offsets there, its titles.
 *
 * @example
 * toLangChainDocument(chunk).metadata // { source: 'handbook.md', start: 120, end: 480, headings: ['Leave'] }
 */
export function toLangChainDocument({ id, text, start, end, headings, document }: Chunk): DocumentInterface {
  return new Document({ id, pageContent: text, metadata: { source: document.id, start, end, headings: [...headings] } });
}

/** A document of LangChain's loaders as ours. Its id is `source` of the metadata, or else its own. */
export function fromLangChainDocument(document: DocumentInterface): OurDocument {
  const { pageContent, metadata, id } = checkObjectLike("document", document);
  const source: unknown = metadata?.["source"] ?? id ?? "document";
  return {
    id: checkText("document.metadata.source", source, { allowEmpty: false }),
    text: checkText("document.pageContent", pageContent),
    headings: [],
  };
}

/** What was found, as a chunk of a document of its own. */
export function toChunk(document: DocumentInterface): Chunk {
  const ours = fromLangChainDocument(document);
  return { id: document.id ?? ours.id, document: ours, start: 0, end: ours.text.length, text: ours.text, headings: [] };
}

function checkObjectLike(argument: string, document: unknown): Partial<DocumentInterface<Record<string, unknown>>> {
  if (document instanceof Document) return document;
  return checkObject(argument, document, { hint: "pass a Document of @langchain/core/documents" });
}
