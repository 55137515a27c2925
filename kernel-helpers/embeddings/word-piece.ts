/** Text → token ids of a BERT model: Hugging Face's own tokenizer in JavaScript, with sentence-transformers' truncation. */
import { readFile } from "node:fs/promises";
import { Tokenizer } from "@huggingface/tokenizers";
import { FormatError } from "../errors.ts";

export class WordPiece {
  readonly #tokenizer: Tokenizer;
  readonly #maxTokens: number;

  /** @param maxTokens With the two special tokens. */
  constructor(tokenizer: Tokenizer, maxTokens: number) {
    this.#tokenizer = tokenizer;
    this.#maxTokens = maxTokens;
  }

  static async load(files: { tokenizer: string; config: string }, maxTokens: number): Promise<WordPiece> {
    const [tokenizer, config] = await Promise.all([files.tokenizer, files.config].map(readObject));
    return new WordPiece(new Tokenizer(tokenizer!, config!), maxTokens);
  }

  /** [CLS], the text's first tokens, [SEP]. */
  encode(text: string): number[] {
    const { ids } = this.#tokenizer.encode(text);
    return ids.length <= this.#maxTokens ? ids : [...ids.slice(0, this.#maxTokens - 1), ids.at(-1)!];
  }

  /** All tokens of the text as strings, without [CLS] and [SEP]. */
  tokens(text: string): string[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).tokens;
  }
}

export async function readObject(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new FormatError(`${file} is no JSON: ${(cause as Error).message}`, { hint: "remove it, and it is fetched again", cause });
  }
}
