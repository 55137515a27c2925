/** Two texts as one input: [CLS] query [SEP] passage [SEP], with a number for each token that says which of the texts it is of. */
import type { EncoderTokenizer } from "../tokenizers/encoder-tokenizer.ts";

export interface PairTokens {
  ids: number[];
  /** 0 for a token of the query, 1 for one of the passage: token_type_ids in Transformers. */
  segments: number[];
}

/** [CLS], and [SEP] behind either text. */
const around = 3;

/**
 * A pair that is too long loses the end of its passage. Only a query that is longer than half of what is read is cut, too, as Transformers does with
 * truncation "longest_first".
 *
 * @param length How many tokens are read.
 */
export function encodePair(tokenizer: EncoderTokenizer, query: string, passage: string, length: number = tokenizer.maxTokens): PairTokens {
  const [first, second] = [tokenizer.ids(query), tokenizer.ids(passage)];
  const room = length - around;
  const half = Math.floor(room / 2);
  const ofSecond = Math.min(second.length, first.length <= second.length ? room - Math.min(first.length, half) : half);
  const start = tokenizer.wrap(first.slice(0, room - ofSecond));
  const end = [...second.slice(0, ofSecond), start.at(-1)!];
  return { ids: [...start, ...end], segments: [...start.map(() => 0), ...end.map(() => 1)] };
}
