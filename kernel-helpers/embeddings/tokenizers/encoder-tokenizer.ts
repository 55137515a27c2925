/** What reads texts for an encoder. */
export interface EncoderTokenizer {
  /** With the special tokens; longer texts are cut, as sentence-transformers does. */
  readonly maxTokens: number;
  readonly vocabSize: number;
  /** The id of a token of the vocabulary; undefined for what is none. */
  id(token: string): number | undefined;
  /** Ids of the text's first tokens, with the special ones around them. */
  encode(text: string): number[];
  /** All tokens of the text, without the special ones. */
  tokens(text: string): string[];
  /** Writes tokenizer.json and tokenizer_config.json. */
  save(folder: string): Promise<void>;
}
