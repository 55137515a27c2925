/** What reads texts for an encoder. */
export interface EncoderTokenizer {
  /** With the special tokens; longer texts are cut, as sentence-transformers does. */
  readonly maxTokens: number;
  readonly vocabSize: number;
  /** The id of a token of the vocabulary; undefined for what is none. */
  id(token: string): number | undefined;
  /** The token of an id; undefined for ids that have none. */
  token(id: number): string | undefined;
  /** Ids of the tokens that are not text, such as [CLS]. */
  readonly specialIds: ReadonlySet<number>;
  /** Ids of the text's first tokens, with the special ones around them. */
  encode(text: string): number[];
  /** Ids of all tokens of the text, without the special ones. */
  ids(text: string): number[];
  /** All tokens of the text, without the special ones. */
  tokens(text: string): string[];
  /** The ids with the special ones around them. */
  wrap(ids: readonly number[]): number[];
  /** Writes tokenizer.json and tokenizer_config.json. */
  save(folder: string): Promise<void>;
}
