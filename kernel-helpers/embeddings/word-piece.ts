/** Text → token ids of a BERT model: Hugging Face's own tokenizer in JavaScript, with sentence-transformers' truncation. */
import { Tokenizer } from "@huggingface/tokenizers";
import { FormatError } from "../errors.ts";
import { isPlainObject, shown } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";

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
  const hint = "remove it, and it is fetched again";
  const content = parseJson(await readUtf8(file), { file, hint });
  if (isPlainObject(content)) return content;
  throw new FormatError(`${file} is not a JSON object, but ${shown(content)}`, { hint, facts: { file } });
}
