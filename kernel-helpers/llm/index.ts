export { bitsPerByte } from "./bits-per-byte.ts";
export type { GPTConfig } from "./gpt/config.ts";
export { generate, type GenerateOptions } from "./gpt/generate.ts";
export { GPT } from "./gpt/gpt.ts";
export { NgramModel, type EvaluateOptions, type NgramOptions, type SampleOptions } from "./ngram/ngram-model.ts";
export type { Discounts, Smoothing } from "./ngram/smoothing.ts";
