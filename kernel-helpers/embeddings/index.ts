export { type EncoderDType } from "./linear.ts";
export { Matrix, type MatrixLike } from "./matrix.ts";
export { SentenceEncoder, type EncodeOptions, type LoadEncoderOptions } from "./sentence-encoder.ts";
export { cosineSimilarity } from "./similarity.ts";
