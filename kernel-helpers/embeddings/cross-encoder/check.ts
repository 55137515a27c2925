/** What cross-encoders are given. */
import { FormatError } from "../../errors.ts";
import { argumentError, checkArray, checkText } from "../../runtime/check.ts";
import type { EncoderParts } from "../open-encoder.ts";
import { HubTokenizer } from "../tokenizers/hub-tokenizer.ts";

export type Pair = readonly [query: string, passage: string];

export function checkPairs(pairs: readonly Pair[], options: { allowEmpty?: boolean } = {}): readonly Pair[] {
  const hint = "pass an array of pairs: score([[query, passage]])";
  return checkArray(
    "pairs",
    pairs,
    (name, pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw argumentError(name, "a query and a passage", pair, { hint });
      pair.forEach((text, at) => checkText(`${name}[${at}]`, text));
      return pair as unknown as Pair;
    },
    { ...options, hint },
  );
}

/** @throws {FormatError} The model reads pieces of XLM-R's kind, whose pairs are put together otherwise. */
export function requireWordPiece({ name, config, tokenizer }: Pick<EncoderParts, "name" | "config" | "tokenizer">): void {
  if (config.architecture === "bert" && tokenizer instanceof HubTokenizer) return;
  throw new FormatError(`${name} does not read pairs of texts as BERT does`, {
    hint: 'a cross-encoder can be built of a BERT with WordPiece, such as "all-MiniLM-L6-v2"',
    facts: { key: "model_type", expected: "bert", value: config.architecture },
  });
}
