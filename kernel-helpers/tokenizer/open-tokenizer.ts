/** A tokenizer of whatever kind a file has. */
import path from "node:path";
import { argumentError, checkObject, checkText, isPlainObject as isObject, shown } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";
import { BpeTokenizer } from "./bpe-tokenizer.ts";
import { ggufValue, refused, type GgufFields } from "./gguf-fields.ts";
import { SentencePieceBpeTokenizer } from "./sentencepiece-bpe-tokenizer.ts";
import { ggufContent } from "./sentencepiece/gguf.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { UnigramTokenizer } from "./unigram-tokenizer.ts";

/**
 * Opens a tokenizer.json: byte-level BPE, SentencePiece's BPE, or Unigram.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} A damaged file, or another kind of tokenizer; the message says which part.
 */
export async function loadTokenizer(file: string): Promise<Tokenizer> {
  const name = path.basename(checkText("file", file, { allowEmpty: false }));
  const content = parseJson(await readUtf8(file), { file: name });
  const model = isObject(content) ? content["model"] : undefined;
  if (isObject(model) && model["type"] === "Unigram") return UnigramTokenizer.fromJson(content, name);
  const isOverCharacters = isObject(model) && isObject(model["vocab"]) && Object.hasOwn(model["vocab"], "▁");
  return (isOverCharacters ? SentencePieceBpeTokenizer : BpeTokenizer).fromJson(content, name);
}

/**
 * The tokenizer within a GGUF file, llama.cpp's format: of the kinds gpt2 (byte-level BPE), llama (SentencePiece's BPE) or t5 (Unigram).
 *
 * @param source Its path and metadata, as `openGguf` returns them.
 * @throws {ArgumentError} Another object.
 * @throws {FormatError} The file has no tokenizer, or one of another kind; the message says which.
 * @example
 * const tokenizer = tokenizerFromGguf(openGguf('model.gguf'))
 */
export function tokenizerFromGguf(source: { file: string; metadata: GgufFields }): Tokenizer {
  const hint = "pass what openGguf returns";
  if (typeof source !== "object" || source === null) throw argumentError("source", "an open GGUF file", source, { hint });
  const file = path.basename(checkText("source.file", source.file, { hint }));
  const fields = checkObject("source.metadata", source.metadata, { hint }) as GgufFields;
  const kind = ggufValue(fields, "model");
  if (kind === "gpt2") return BpeTokenizer.fromGguf(source);
  if (kind !== "llama" && kind !== "t5") throw refused(file, kind === undefined ? "no tokenizer" : `a tokenizer of kind ${shown(kind)}`);
  const { content, scores } = ggufContent(fields, kind, file);
  return kind === "t5" ? UnigramTokenizer.fromJson(content, file) : SentencePieceBpeTokenizer.fromScores(content, scores, file);
}
