export { BpeTokenizer, type Gpt2Paths } from "./bpe-tokenizer.ts";
export { CharacterTokenizer } from "./character-tokenizer.ts";
export type { GgufFields } from "./gguf-fields.ts";
export { loadTokenizer, tokenizerFromGguf } from "./open-tokenizer.ts";
export { SentencePieceBpeTokenizer } from "./sentencepiece-bpe-tokenizer.ts";
export { SentencePieceTokenizer, type SpecialTokensAdded } from "./sentencepiece/piece-tokenizer.ts";
export type { EncodeOptions, Tokenizer } from "./tokenizer.ts";
export type { TrainOptions } from "./train.ts";
export { UnigramTokenizer, type UnigramVocabulary } from "./unigram-tokenizer.ts";
