/** Where an encoder lies: a folder as it is, a name of the manifest or of the hub fetched first. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fetchModel } from "../models/index.ts";
import { argumentError, checkText } from "../runtime/check.ts";

/**
 * @returns The folder that has the files.
 * @throws {ArgumentError} A path where no model is, an unknown name, or a model that is not an encoder.
 */
export async function findEncoder(name: string, signal: AbortSignal | undefined): Promise<string> {
  if (typeof name === "string" && isPath(name)) {
    if (existsSync(path.join(checkText("name", name), "config.json"))) return name;
    throw argumentError("name", "a folder with config.json and model.safetensors", name);
  }
  const { folder, files } = await fetchModel(name, { signal });
  if ("config.json" in files) return folder;
  throw argumentError("name", "a sentence encoder", name, { hint: 'use "all-MiniLM-L6-v2"' });
}

/** As opposed to owner/name on the hub: a folder that is there goes before it. */
const isPath = (name: string): boolean => path.isAbsolute(name) || /^\.{0,2}[/\\]/.test(name) || existsSync(path.join(name, "config.json"));
