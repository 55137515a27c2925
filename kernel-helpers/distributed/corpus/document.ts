/** A line of a corpus. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { FormatError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import type { CorpusPlan } from "./embedded-corpus.ts";

export interface CorpusDocument {
  id: string;
  text: string;
  metadata: Record<string, unknown>;
}

/** @throws {FormatError} It is not a JSON object with an id and a text. */
export function toDocument(line: string, { id: idField, text: textField, metadata }: CorpusPlan["fields"]): CorpusDocument {
  const found = parseJson(line, { file: "the corpus", hint: "each line is a JSON object" });
  const [id, text] = isPlainObject(found) ? [found[idField], found[textField]] : [];
  const isId = (typeof id === "string" && id !== "") || typeof id === "number";
  if (!isId || typeof text !== "string") {
    throw new FormatError(`a line of the corpus has no ${isId ? textField : idField}: ${shown(line.slice(0, 200))}`, {
      hint: "each line is an object with an id and a text; { fields } says what they are called",
    });
  }
  const kept = metadata.map((name) => [name, (found as Record<string, unknown>)[name]] as const).filter(([, value]) => value !== undefined);
  return { id: String(id), text, metadata: Object.fromEntries(kept) };
}

/** What is wrong with all lines, such as the names of their fields, is so with the first. @throws {FormatError} */
export async function checkFirstDocument(file: string, fields: CorpusPlan["fields"]): Promise<void> {
  const stream = createReadStream(file);
  try {
    for await (const line of createInterface({ input: stream })) {
      if (line.trim() === "") continue;
      toDocument(line, fields);
      return;
    }
  } finally {
    stream.destroy();
  }
}
