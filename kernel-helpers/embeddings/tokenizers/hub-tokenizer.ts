import path from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { ArgumentError, UnavailableError } from "../../errors.ts";
import { checkArray, checkText, isPlainObject } from "../../runtime/check.ts";
import { writeObject } from "../json-file.ts";
import type { EncoderTokenizer } from "./encoder-tokenizer.ts";

/** Text → token ids of a BERT, or of a decoder: Hugging Face's own tokenizer in JavaScript. */
export class HubTokenizer implements EncoderTokenizer {
  readonly maxTokens: number;
  readonly #content: Readonly<Record<string, unknown>>;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #tokenizer: Tokenizer;

  /** @param content What tokenizer.json contains. @param config What tokenizer_config.json contains. */
  constructor(content: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>, maxTokens: number) {
    this.maxTokens = maxTokens;
    this.#content = content;
    this.#config = config;
    this.#tokenizer = new Tokenizer(content, config);
  }

  get vocabSize(): number {
    return this.#tokenizer.get_vocab().size;
  }

  id(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  token(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
  }

  get specialIds(): ReadonlySet<number> {
    const added = this.#tokenizer.get_added_tokens_decoder();
    return new Set([...added].filter(([, { special }]) => special).map(([id]) => id));
  }

  encode(text: string): number[] {
    const { ids } = this.#tokenizer.encode(text);
    return ids.length <= this.maxTokens ? ids : [...ids.slice(0, this.maxTokens - 1), ids.at(-1)!];
  }

  ids(text: string): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  wrap(ids: readonly number[]): number[] {
    const [{ ids: around }, inner] = [this.#tokenizer.encode("a"), this.ids("a")];
    const start = around.length > inner.length && around[0] !== inner[0] ? 1 : 0; // [CLS] before and [SEP] after, or the end alone
    return [...around.slice(0, start), ...ids, ...around.slice(start + inner.length)];
  }

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
  withTokens(tokens: readonly string[], first: number = this.vocabSize): HubTokenizer {
    checkArray("tokens", tokens, (item, token) => checkText(item, token, { allowEmpty: false }), { allowEmpty: false });
    const { model, ...rest } = this.#content;
    if (!isPlainObject(model) || model["type"] !== "WordPiece" || !isPlainObject(model["vocab"])) {
      throw fixedVocabulary();
    }
    const vocab = new Map(Object.entries(model["vocab"]));
    tokens.forEach((token, index) => {
      if (vocab.has(token)) throw new ArgumentError(`the vocabulary has the token "${token}" already`, { hint: "add each token once" });
      vocab.set(token, first + index);
    });
    return new HubTokenizer({ ...rest, model: { ...model, vocab: Object.fromEntries(vocab) } }, this.#config, this.maxTokens);
  }

  async save(folder: string): Promise<void> {
    writeObject(path.join(folder, "tokenizer.json"), this.#content);
    writeObject(path.join(folder, "tokenizer_config.json"), { ...this.#config, model_max_length: this.maxTokens });
  }
}

export const fixedVocabulary = (): UnavailableError =>
  new UnavailableError("tokens can be added to a WordPiece vocabulary only", { hint: "use an encoder such as all-MiniLM-L6-v2" });
