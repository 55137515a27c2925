export { BpeTokenizer, type EncodeOptions, type Gpt2Paths } from "./bpe-tokenizer.ts";
export { CharacterTokenizer } from "./character-tokenizer.ts";
export type { TrainOptions } from "./train.ts";
