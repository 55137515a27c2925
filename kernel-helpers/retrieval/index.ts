export { type Condition, type Filter, type Metadata, type Scalar } from "./filter.ts";
export { openStore, type StoreOptions } from "./open-store.ts";
export {
  type IndexOptions,
  type Match,
  type Metric,
  type Query,
  type StoredRecord,
  type Vector,
  type VectorRecord,
  type VectorStore,
} from "./store.ts";
