/** JSON files of a model's folder. */
import { existsSync } from "node:fs";
import path from "node:path";
import { FormatError } from "../errors.ts";
import { isPlainObject, shown } from "../runtime/check.ts";
import { replaceFile } from "../runtime/files.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";

const hint = "remove it, and it is fetched again";

/** @throws {FormatError} It is not a JSON object. */
export async function readObject(file: string): Promise<Record<string, unknown>> {
  const content = parseJson(await readUtf8(file), { file, hint });
  if (isPlainObject(content)) return content;
  throw new FormatError(`${file} is not a JSON object, but ${shown(content)}`, { hint, facts: { file } });
}

/** Undefined where the folder has no such file. */
export async function readOptional(folder: string, name: string): Promise<unknown> {
  const file = path.join(folder, name);
  return existsSync(file) ? parseJson(await readUtf8(file), { file, hint }) : undefined;
}

export const writeObject = (file: string, content: object): void => replaceFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
