/** Where a language model lies: a path as it is, a name of the manifest or of the hub fetched first. */
import { existsSync } from "node:fs";
import path from "node:path";
import { ArgumentError } from "../errors.ts";
import { fetchModel } from "../models/index.ts";
import { argumentError } from "../runtime/check.ts";

/**
 * @returns The path of a .gguf file, or of a folder with config.json and safetensors.
 * @throws {ArgumentError} A path where nothing is, an unknown name, or a model that is not a language model.
 */
export async function findModel(name: string, signal: AbortSignal | undefined): Promise<string> {
  if (existsSync(name)) return name;
  if (isPath(name)) throw argumentError("name", "the path of a file that exists", name);
  const { files, folder } = await fetchModel(name, { signal });
  const ggufs = Object.keys(files).filter((file) => file.endsWith(".gguf"));
  if (ggufs.length === 1) return files[ggufs[0]!]!;
  if (ggufs.length > 1) {
    throw new ArgumentError(`${name} is a GGUF file in ${ggufs.length} pieces, which cannot be opened`, {
      hint: "join them with llama.cpp's llama-gguf-split --merge, or choose a smaller quantisation",
      facts: { argument: "name", value: name, files: ggufs },
    });
  }
  if ("config.json" in files && Object.keys(files).some((file) => file.endsWith(".safetensors"))) return folder;
  throw argumentError("name", "a language model", name, { hint: 'use "SmolLM2-135M-Instruct"' });
}

/** As opposed to owner/name and owner/name/file.gguf on the hub. */
function isPath(name: string): boolean {
  const parts = name.split("/");
  const [first] = parts;
  if (path.isAbsolute(name) || first === "." || first === ".." || first === "~" || name.includes("\\")) return true;
  return name.endsWith(".gguf") && (parts.length < 3 || existsSync(first!));
}
