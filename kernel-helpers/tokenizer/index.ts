export { BpeTokenizer, type EncodeOptions, type Gpt2Paths } from "./bpe-tokenizer.ts";
export type { TrainOptions } from "./train.ts";
