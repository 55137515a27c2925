/** What a store has to bring: the same verbs on arguments that were checked, and nothing about their meaning. */
import type { FilterNode } from "./filter.ts";
import type { IndexOptions, Match, Metric, StoredRecord } from "./store.ts";

export interface CheckedQuery {
  vector: Float32Array;
  topK: number;
  filter: FilterNode | undefined;
  includeVectors: boolean;
  exact: boolean;
  effort: number | undefined;
}

export interface StoreDriver {
  readonly kind: string;
  readonly dimension: number;
  readonly metric: Metric;
  /** Ids differ from each other; vectors are the driver's to keep. */
  upsert(records: readonly StoredRecord[]): Promise<void>;
  query(query: CheckedQuery): Promise<Match[]>;
  get(ids: readonly string[]): Promise<StoredRecord[]>;
  delete(what: readonly string[] | FilterNode): Promise<number>;
  count(filter?: FilterNode): Promise<number>;
  createIndex(options: IndexOptions): Promise<void>;
  close(): Promise<void>;
}
