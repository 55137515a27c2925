export { analyzer, type AnalyzerOptions } from "./analyze.ts";
export { Bm25, type Bm25Options, type KeywordMatch } from "./bm25.ts";
export { type Condition, type Filter, type Metadata, type Scalar } from "./filter.ts";
export { reciprocalRankFusion, type Fused } from "./fusion.ts";
export {
  hitAtK,
  meanAveragePrecision,
  mrr,
  ndcgAtK,
  precisionAtK,
  precisionRecallCurve,
  recallAtK,
  type OperatingPoint,
  type Rankings,
  type Relevant,
} from "./metrics.ts";
export { minHasher, signatureSimilarity, type MinHashOptions } from "./min-hash.ts";
export { startMilvusLite, type MilvusLite, type MilvusLiteOptions } from "./milvus/milvus-lite.ts";
export { openStore, type StoreOptions } from "./open-store.ts";
export { startLocalPinecone, type LocalPinecone, type LocalPineconeOptions } from "./pinecone/local-pinecone.ts";
export {
  type CallOptions,
  type Capabilities,
  type IndexOptions,
  type Match,
  type Metric,
  type Query,
  type StoredRecord,
  type Vector,
  type VectorRecord,
  type VectorStore,
} from "./store.ts";
export { words } from "./words.ts";
