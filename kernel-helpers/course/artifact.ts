/**
 * What one notebook makes and a later one uses: vectors, a vocabulary, an index. Stored by V8's own serialisation, which keeps typed arrays,
 * Maps, dates and nested plain data as they are; instances of classes come back as plain objects, so give those their own save() and a
 * path from artifactPath(). A name stands for its content: when the way it is made changes, change the name.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { UnavailableError } from "../errors.ts";
import { replaceFile } from "../runtime/files.ts";
import { fileIn, readIfThere } from "./store.ts";

/** Where something that saves itself may put its file or folder; the folder around it exists. */
export function artifactPath(name: string): string {
  const file = fileIn("artifacts", name);
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}

export function saveArtifact(name: string, content: unknown): void {
  replaceFile(fileIn("artifacts", `${name}.v8`), serialize(content));
}

function loadIfThere(name: string): { content: unknown } | undefined {
  const bytes = readIfThere(fileIn("artifacts", `${name}.v8`));
  return bytes && { content: deserialize(bytes) };
}

/** What was saved under that name; the reader knows its type: `loadArtifact('vectors') as Matrix`. */
export function loadArtifact(name: string): unknown {
  const found = loadIfThere(name);
  if (!found) {
    throw new UnavailableError(`there is no artifact "${name}" in the cache yet`, {
      hint: "run the notebook that makes it, or make it here with artifact(name, make)",
    });
  }
  return found.content;
}

/**
 * What was saved under that name, or, the first time, what `make` gives, saved for the next time.
 *
 * @example
 * const vectors = await artifact('catalogue-minilm-q8', () => encoder.encode(texts))
 */
export async function artifact<T>(name: string, make: () => T | Promise<T>): Promise<T> {
  const found = loadIfThere(name);
  if (found) return found.content as T;
  const content = await make();
  saveArtifact(name, content);
  return content;
}
