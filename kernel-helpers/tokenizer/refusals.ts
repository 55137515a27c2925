/** Why a tokenizer.json is refused. */
import { FormatError } from "../errors.ts";

export function broken(file: string, what: string): FormatError {
  return new FormatError(`${file} is not a valid tokenizer.json: ${what}`, { hint: "get the file again", facts: { file, problem: what } });
}

export function unsupported(file: string, what: string): FormatError {
  return new FormatError(`${file} holds a tokenizer that this library does not support: ${what}`, {
    hint: "byte-level BPE, SentencePiece's Unigram and its BPE are supported; use @huggingface/transformers for others",
    facts: { file, problem: what },
  });
}
