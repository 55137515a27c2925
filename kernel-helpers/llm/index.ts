export { bitsPerByte } from "./bits-per-byte.ts";
export { NgramModel, type EvaluateOptions, type NgramOptions, type SampleOptions } from "./ngram/ngram-model.ts";
export type { Discounts, Smoothing } from "./ngram/smoothing.ts";
