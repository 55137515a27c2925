/** The tokenizer of a model's folder. */
import path from "node:path";
import { isPlainObject } from "../../runtime/check.ts";
import { UnigramTokenizer } from "../../tokenizer/index.ts";
import { readObject, readOptional } from "../json-file.ts";
import type { EncoderTokenizer } from "./encoder-tokenizer.ts";
import { Pieces } from "./pieces.ts";
import { HubTokenizer } from "./hub-tokenizer.ts";

/** @throws {FormatError} There is no tokenizer.json, or it is not of BERT's or XLM-R's kind. */
export async function readTokenizer(folder: string, maxTokens: number): Promise<EncoderTokenizer> {
  const file = path.join(folder, "tokenizer.json");
  const content = await readObject(file);
  const settings = await readOptional(folder, "tokenizer_config.json");
  const config = isPlainObject(settings) ? settings : {};
  const isUnigram = isPlainObject(content["model"]) && content["model"]["type"] === "Unigram";
  return isUnigram ? new Pieces(await UnigramTokenizer.load(file), config, maxTokens) : new HubTokenizer(content, config, maxTokens);
}
