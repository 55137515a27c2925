/**
 * What one notebook makes and a later one uses: vectors, a vocabulary, an index. Stored by V8's own serialisation, which keeps typed arrays,
 * Maps, dates and nested plain data as they are; instances of classes come back as plain objects, so give those their own save() and a
 * path from artifactPath(). A name stands for its content: when the way it is made changes, change the name.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { ArgumentError, FormatError, UnavailableError } from "../errors.ts";
import { argumentError, checkFunction } from "../runtime/check.ts";
import { replaceFile } from "../runtime/files.ts";
import { fileIn, readIfThere } from "./store.ts";

/** Where something that saves itself may put its file or folder; the folder around it exists. */
export function artifactPath(name: string): string {
  const file = fileIn("artifacts", name);
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}

/** @throws {ArgumentError} Content that cannot be stored, such as a function or a promise. */
export function saveArtifact(name: string, content: unknown): void {
  replaceFile(fileIn("artifacts", name, ".v8"), serialized(content));
}

function serialized(content: unknown): Uint8Array {
  const hint =
    content instanceof Promise
      ? "await it first"
      : "store plain data: numbers, strings, arrays, typed arrays, Maps, Sets, objects of these";
  try {
    if (!(content instanceof Promise)) return serialize(content);
  } catch (cause) {
    throw new ArgumentError(`content cannot be stored: ${(cause as Error).message}`, {
      hint,
      cause,
      facts: { argument: "content", value: content },
    });
  }
  throw argumentError("content", "data that can be stored", content, { hint });
}

function loadIfThere(name: string): { content: unknown } | undefined {
  const file = fileIn("artifacts", name, ".v8");
  const bytes = readIfThere(file);
  try {
    return bytes && { content: deserialize(bytes) };
  } catch (cause) {
    throw new FormatError(`the artifact "${name}" cannot be read: ${(cause as Error).message}`, {
      hint: `remove ${file}, and run what makes it again`,
      cause,
      facts: { name, file },
    });
  }
}

/**
 * What was saved under that name; the reader knows its type: `loadArtifact('vectors') as Matrix`.
 *
 * @throws {UnavailableError} Nothing was saved under that name.
 * @throws {FormatError} The file is damaged.
 */
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
  checkFunction("make", make, { hint: "pass a function that makes it: () => encoder.encode(texts)" });
  const found = loadIfThere(name);
  if (found) return found.content as T;
  const content = await make();
  saveArtifact(name, content);
  return content;
}
