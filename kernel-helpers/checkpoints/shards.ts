/** Checkpoints in several files, as they are on the hub: model.safetensors.index.json tells which tensor is in which file. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { FormatError, UnavailableError } from "../errors.ts";
import { isPlainObject, shown } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";

export const wholeName = "model.safetensors";
export const indexName = "model.safetensors.index.json";

/** Of the files of a checkpoint, counted from 1. */
export const shardName = (number: number, count: number): string =>
  `model-${[number, count].map((one) => String(one).padStart(5, "0")).join("-of-")}.safetensors`;

/**
 * The file to open: the place itself, or in a folder the checkpoint or its index.
 *
 * @throws {UnavailableError} A folder that has neither.
 */
export function findSafetensors(place: string): string {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return place;
  const found = [wholeName, indexName].find((name) => existsSync(path.join(place, name)));
  if (found !== undefined) return path.join(place, found);
  throw new UnavailableError(`${place} has neither ${wholeName} nor ${indexName}`, {
    hint: "pass the folder of a checkpoint, or the path of a .safetensors file",
    facts: { file: place },
  });
}

/**
 * Which tensor is in which file, and the files.
 *
 * @throws {FormatError} The index is not an object with a "weight_map" of names to files beside it.
 */
export async function readShardIndex(index: string): Promise<{ fileOf: ReadonlyMap<string, string>; files: string[] }> {
  const content = parseJson(await readUtf8(index), { file: index });
  const map = isPlainObject(content) ? content["weight_map"] : undefined;
  const broken = (what: string): FormatError =>
    new FormatError(`${index} ${what}`, { hint: "get the file again; it lists which tensor is in which file", facts: { file: index } });
  if (!isPlainObject(map)) throw broken(`has no "weight_map"`);
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string" || path.basename(file) !== file) {
      throw broken(`says that ${JSON.stringify(name)} is in ${shown(file)}, which is not the name of a file beside it`);
    }
    fileOf.set(name, path.join(path.dirname(index), file));
  }
  return { fileOf, files: [...new Set(fileOf.values())].toSorted() };
}
