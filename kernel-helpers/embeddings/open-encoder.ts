/** An encoder's parts, whatever files they come from. */
import { existsSync } from "node:fs";
import path from "node:path";
import { openSafetensors } from "../checkpoints/index.ts";
import { fetchModel } from "../models/index.ts";
import { argumentError, checkText } from "../runtime/check.ts";
import type { EncoderDType } from "./bert/linear.ts";
import { checkpointWeights, type EncoderWeights } from "./bert/weights.ts";
import { readConfig, type EncoderConfig } from "./config.ts";
import { readE5File } from "./e5-file.ts";
import type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";
import { readTokenizer } from "./tokenizers/read-tokenizer.ts";

export interface EncoderParts {
  name: string;
  config: EncoderConfig;
  tokenizer: EncoderTokenizer;
  weights: EncoderWeights;
  /** As the numbers lie in the files. */
  dtype: EncoderDType;
  /** Where the files are, unless it is one. */
  folder?: string;
}

/**
 * Reads what a name stands for and hands it to `use`; files are open until that is done.
 *
 * @param name A name of the manifest or of the hub, a folder, or a file in the format E5S1.
 * @throws {ArgumentError} A path where no model is, an unknown name, or a model that is not an encoder.
 */
export async function withEncoder<T>(name: string, signal: AbortSignal | undefined, use: (parts: EncoderParts) => Promise<T>): Promise<T> {
  const place = await findEncoder(name, signal);
  if (place.endsWith(".bin")) {
    return use({ name, ...(await readE5File(place)), dtype: "q4" });
  }
  const config = await readConfig(place);
  const tokenizer = await readTokenizer(place, config.maxTokens);
  await using checkpoint = await openSafetensors(place);
  const weights = await checkpointWeights(checkpoint, place);
  return await use({ name, config, tokenizer, weights, dtype: "fp32", folder: place });
}

/** @returns A folder with config.json and safetensors, or a file in the format E5S1. */
export async function findEncoder(name: string, signal: AbortSignal | undefined): Promise<string> {
  if (typeof name === "string" && isPath(name)) {
    if (name.endsWith(".bin") || existsSync(path.join(checkText("name", name), "config.json"))) return name;
    throw argumentError("name", "a folder with config.json and model.safetensors", name);
  }
  const { folder, files } = await fetchModel(name, { signal });
  if ("config.json" in files) return folder;
  const [file, ...others] = Object.values(files);
  if (file?.endsWith(".bin") && others.length === 0) return file;
  throw argumentError("name", "a sentence encoder", name, { hint: 'use "all-MiniLM-L6-v2" or "multilingual-e5-small"' });
}

/** As opposed to owner/name on the hub: a folder that is there goes before it. */
function isPath(name: string): boolean {
  return path.isAbsolute(name) || /^\.{0,2}[/\\]/.test(name) || name.endsWith(".bin") || existsSync(path.join(name, "config.json"));
}
