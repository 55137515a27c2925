export { Bert, type BertEmbeddings, type BertLayer, type BertOptions, type ProjectionAndNorm } from "./bert/bert.ts";
export { type EncoderDType } from "./bert/linear.ts";
export { type EncoderConfig } from "./config.ts";
export { Matrix, type MatrixLike } from "./matrix.ts";
export { SentenceEncoder, type EncodeOptions, type LoadEncoderOptions } from "./sentence-encoder.ts";
export { cosineSimilarity } from "./similarity.ts";
export { TrainableEncoder, type TokenBatch, type TokenizeOptions } from "./trainable-encoder.ts";
export type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";
export { StaticEncoder, type DistillOptions, type StaticEncodeOptions } from "./static/static-encoder.ts";
