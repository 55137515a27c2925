/** What all tokenizers of subwords can do, whatever their algorithm. */

export interface EncodeOptions {
  /** Whether a special token that the text spells becomes its id. Otherwise it is text like any other, as it must be in what users write. @default false */
  allowSpecial?: boolean;
}

export interface Tokenizer {
  /** The highest id + 1: how many rows a model's embedding needs. */
  readonly vocabSize: number;
  /** Number of tokens, special ones included. */
  readonly tokenCount: number;
  /** Special tokens and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Ids that the model expects before a text; encode() does not put them there. */
  readonly prefixIds: readonly number[];
  /** Ids of the text's tokens. */
  encode(text: string, options?: EncodeOptions): Uint32Array;
  /** The text of the ids. Where they end within a character, there is a U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  /** Whether a token has the id. */
  has(id: number): boolean;
  /** The bytes that the token adds to a text, which may be part of a character: tokens decoded one by one are joined as bytes. */
  bytesOf(id: number): Uint8Array;
  /** The tokens of a text, or of ids, made readable. */
  tokens(textOrIds: string | ArrayLike<number>): string[];
  /** Writes a tokenizer.json. */
  save(file: string): Promise<void>;
}
