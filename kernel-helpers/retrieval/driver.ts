/**
 * What a new store has to bring: the verbs of VectorStore on arguments that have been checked, so a driver never meets a wrong one. A driver is right
 * when test/retrieval/conformance.ts passes, which is the whole of its specification. What is not in a signature:
 *
 * - A call takes effect before those made after it: reads see every write of this process that was called earlier, awaited or not.
 * - Reads see the writes of other handles and processes that have finished. An id exists once, however many upsert it at the same time.
 * - Scores are as `Metric` says: higher is nearer.
 * - `close` is called once, when no call is under way.
 */
import type { FilterNode } from "./filter.ts";
import type { IndexOptions, Match, Metric, StoredRecord } from "./store.ts";

export interface CheckedQuery {
  /** As long as the dimension, finite, and under the cosine not all zeros. */
  vector: Float32Array;
  /** At least 1; may exceed the number of records. */
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
  /** At least one record; their ids differ; their vectors are the driver's to keep. */
  upsert(records: readonly StoredRecord[]): Promise<void>;
  /** Nearest first; in exact searches equal scores in the order of ids, by code point. */
  query(query: CheckedQuery): Promise<Match[]>;
  /** In the order of the ids; those that do not exist are left out. */
  get(ids: readonly string[]): Promise<StoredRecord[]>;
  /** By ids, which differ, or by filter; returns how many records are gone. The filter without parts deletes all. */
  delete(selection: readonly string[] | FilterNode): Promise<number>;
  count(filter?: FilterNode): Promise<number>;
  /** Replaces the index there is. A kind that the store lacks is an ArgumentError. */
  createIndex(options: IndexOptions): Promise<void>;
  close(): Promise<void>;
}
