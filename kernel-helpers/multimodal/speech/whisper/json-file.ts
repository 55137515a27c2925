import { readFile } from "node:fs/promises";
import { FormatError } from "../../../errors.ts";
import { isPlainObject } from "../../../runtime/check.ts";
import { unreadable } from "../../../runtime/files.ts";
import { parseJson } from "../../../runtime/json.ts";

/** The object that a JSON file holds. */
export async function readObject(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const content = parseJson(text, { file });
  if (isPlainObject(content)) return content;
  throw new FormatError(`${file} does not hold an object`, { hint: "was the file cut short or edited?", facts: { file } });
}
