/**
 * Ids and field names as Pinecone takes them. Ids are ASCII there: others go over in base64url. Beside each number lies a mark that it is one, for
 * Pinecone has no `not`, and the opposite of "more than 3" holds for text as well. "~" begins what is ours.
 */
import type { Metadata } from "../filter.ts";

export function toPineconeId(id: string): string {
  return /^[!-}][ -}]*$/.test(id) ? id : `~${Buffer.from(id).toString("base64url")}`;
}

export function fromPineconeId(id: string): string {
  return id.startsWith("~") ? Buffer.from(id.slice(1), "base64url").toString() : id;
}

export const fieldName = (field: string): string => (field.startsWith("~") ? `~~${field.slice(1)}` : field);

export const numberMark = (field: string): string => `~number ${field}`;

export function toPineconeMetadata(metadata: Metadata): Metadata {
  const fields: Metadata = {};
  for (const [field, value] of Object.entries(metadata)) {
    fields[fieldName(field)] = value;
    if (typeof value === "number") fields[numberMark(field)] = true;
  }
  return fields;
}

/** The metadata as they were given; of records that others wrote, those fields that a record here can have. */
export function fromPineconeMetadata(fields: Record<string, unknown>): Metadata {
  const metadata: Metadata = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith("~number ") || !(typeof value === "string" || typeof value === "number" || typeof value === "boolean")) continue;
    metadata[name.startsWith("~~") ? name.slice(1) : name] = value;
  }
  return metadata;
}
