import path from "node:path";
import type { UnigramTokenizer } from "../../tokenizer/index.ts";
import { writeObject } from "../json-file.ts";
import type { EncoderTokenizer } from "./encoder-tokenizer.ts";

/** Text → token ids of an XLM-R: SentencePiece's Unigram, with its special tokens. */
export class Pieces implements EncoderTokenizer {
  readonly maxTokens: number;
  readonly #tokenizer: UnigramTokenizer;
  readonly #config: Readonly<Record<string, unknown>>;
  /** How many special tokens are put around a text. */
  readonly #around: number;
  #ids: ReadonlyMap<string, number> | undefined;

  /** @param config What tokenizer_config.json contains. */
  constructor(tokenizer: UnigramTokenizer, config: Readonly<Record<string, unknown>>, maxTokens: number) {
    this.maxTokens = maxTokens;
    this.#tokenizer = tokenizer;
    this.#config = config;
    this.#around = tokenizer.withSpecialTokens([]).ids.length;
  }

  get vocabSize(): number {
    return this.#tokenizer.vocabSize;
  }

  id(token: string): number | undefined {
    this.#ids ??= new Map(Array.from({ length: this.vocabSize }, (_, index) => [this.token(index) ?? "", index]));
    return this.#ids.get(token);
  }

  token(id: number): string | undefined {
    return this.#tokenizer.has(id) ? this.#tokenizer.tokens([id])[0] : undefined;
  }

  get specialIds(): ReadonlySet<number> {
    return new Set(this.#tokenizer.specialTokens.values());
  }

  encode(text: string): number[] {
    return this.wrap(this.ids(text).slice(0, this.maxTokens - this.#around));
  }

  ids(text: string): number[] {
    return Array.from(this.#tokenizer.encode(text));
  }

  wrap(ids: readonly number[]): number[] {
    return Array.from(this.#tokenizer.withSpecialTokens(ids).ids);
  }

  tokens(text: string): string[] {
    return this.#tokenizer.tokens(text);
  }

  async save(folder: string): Promise<void> {
    writeObject(path.join(folder, "tokenizer_config.json"), { ...this.#config, model_max_length: this.maxTokens });
    await this.#tokenizer.save(path.join(folder, "tokenizer.json"));
  }
}
