/** Text → token ids of a BERT model: Hugging Face's own tokenizer in JavaScript, with sentence-transformers' truncation. */
import path from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { ArgumentError, UnavailableError } from "../errors.ts";
import { checkArray, checkText, isPlainObject } from "../runtime/check.ts";
import { readObject } from "./json-file.ts";

/** What the tokenizer's two files contain. */
export interface TokenizerFiles {
  "tokenizer.json": Record<string, unknown>;
  "tokenizer_config.json": Record<string, unknown>;
}

export class WordPiece {
  /** With the special tokens; longer texts are cut. */
  readonly maxTokens: number;
  readonly files: Readonly<TokenizerFiles>;
  readonly #tokenizer: Tokenizer;

  /** @internal */
  constructor(files: TokenizerFiles, maxTokens: number) {
    this.files = files;
    this.maxTokens = maxTokens;
    this.#tokenizer = new Tokenizer(files["tokenizer.json"], files["tokenizer_config.json"]);
  }

  static async load(folder: string, maxTokens: number): Promise<WordPiece> {
    const names = ["tokenizer.json", "tokenizer_config.json"] as const;
    const [tokenizer, config] = await Promise.all(names.map((name) => readObject(path.join(folder, name))));
    return new WordPiece({ "tokenizer.json": tokenizer!, "tokenizer_config.json": config! }, maxTokens);
  }

  get vocabSize(): number {
    return this.#tokenizer.get_vocab().size;
  }

  /** The id of a token of the vocabulary; undefined for what is none. */
  id(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  /** [CLS], the text's first tokens, [SEP]. */
  encode(text: string): number[] {
    const { ids } = this.#tokenizer.encode(text);
    return ids.length <= this.maxTokens ? ids : [...ids.slice(0, this.maxTokens - 1), ids.at(-1)!];
  }

  /** All tokens of the text as strings, without [CLS] and [SEP]. */
  tokens(text: string): string[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).tokens;
  }

  /**
   * The same with more tokens at the end of its vocabulary, such as Chinese characters, which BERT's tokenizer makes words of their own. What stands
   * within a word begins with ##.
   *
   * @param first The id of the first of them: as many as the table of words has rows. @default the next one
   * @throws {ArgumentError} A token is there already, or twice.
   */
  withTokens(tokens: readonly string[], first: number = this.vocabSize): WordPiece {
    checkArray("tokens", tokens, (item, token) => checkText(item, token, { allowEmpty: false }), { allowEmpty: false });
    const { model, ...rest } = this.files["tokenizer.json"];
    if (!isPlainObject(model) || model["type"] !== "WordPiece" || !isPlainObject(model["vocab"])) {
      throw new UnavailableError("only a WordPiece vocabulary can be added to", { hint: "use an encoder such as all-MiniLM-L6-v2" });
    }
    const vocab = new Map(Object.entries(model["vocab"]));
    tokens.forEach((token, index) => {
      if (vocab.has(token)) throw new ArgumentError(`the vocabulary has the token "${token}" already`, { hint: "add each token once" });
      vocab.set(token, first + index);
    });
    const files = { ...this.files, "tokenizer.json": { ...rest, model: { ...model, vocab: Object.fromEntries(vocab) } } };
    return new WordPiece(files, this.maxTokens);
  }
}
