export { Bert, type BertEmbeddings, type BertLayer, type BertOptions, type ProjectionAndNorm } from "./bert/bert.ts";
export { type EncoderDType } from "./bert/linear.ts";
export {
  CrossEncoder,
  type LoadCrossEncoderOptions,
  type RankedPassage,
  type RankOptions,
  type ScoreOptions,
} from "./cross-encoder/cross-encoder.ts";
export { rankingBatches, type RankingBatch, type RankingBatchesOptions, type RankingExample } from "./cross-encoder/ranking-batches.ts";
export { BertScorer } from "./cross-encoder/scorer.ts";
export { TrainableCrossEncoder, type PairBatch } from "./cross-encoder/trainable-cross-encoder.ts";
export { type EncoderConfig, type EncoderSettings } from "./config.ts";
export type { CheckEncoderOptions, LoadEncoderOptions } from "./load-options.ts";
export { Matrix, type MatrixLike } from "./matrix.ts";
export type { HiddenStates } from "./runner.ts";
export { SentenceEncoder, type EncodeOptions } from "./sentence-encoder.ts";
export { cosineSimilarity } from "./similarity.ts";
export { spearman } from "./spearman.ts";
export { mineHardNegatives, type HardNegativesOptions } from "./training/hard-negatives.ts";
export {
  binaryLoss,
  distillationLoss,
  groupLoss,
  multipleNegativesLoss,
  type DistillationOptions,
  type MultipleNegativesOptions,
} from "./training/losses.ts";
export { textBatches, type DistillationBatch, type TextBatchesOptions } from "./training/text-batches.ts";
export { TrainableEncoder, type TokenBatch, type TokenizeOptions } from "./trainable-encoder.ts";
export type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";
export { StaticEncoder, type DistillOptions, type StaticEncodeOptions } from "./static/static-encoder.ts";
