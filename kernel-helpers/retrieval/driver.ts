/**
 * What a new store has to bring: the verbs of VectorStore on arguments that have been checked, so a driver never meets a wrong one. A driver is right
 * when test/retrieval/conformance.ts passes, which is the whole of its specification. What is not in a signature:
 *
 * - A call takes effect before those made after it. A driver with a `place` is called in that order, one write at a time; one without must let its
 *   calls take effect as they are made.
 * - Reads see the writes of other handles and processes as `capabilities.consistency` says. An id exists once, however many upsert it at the same time.
 * - Requests are tried again where `isTransient` says so, so each must be safe to repeat. The signal aborts when the answer is no longer wanted.
 * - Scores are as `Metric` says: higher is nearer.
 * - `close` is called once, when no call is under way.
 */
import type { FilterNode } from "./filter.ts";
import type { Capabilities, IndexOptions, Match, Metric, StoredRecord } from "./store.ts";

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
  readonly capabilities: Capabilities;
  /** What handles of this process share, such as a folder or a server's address and collection; undefined where nobody else can reach the records. */
  readonly place?: string;
  /** Milliseconds for a request; undefined for no limit. */
  readonly timeout?: number | undefined;
  /** Counting what passes a filter takes the engine many requests, so it gets no time limit. */
  readonly listsToCount?: boolean;
  /** Whether the same request may succeed a little later. @default never */
  isTransient?(error: unknown): boolean;
  /** What a record adds to a request, in bytes; needed where `capabilities.batch.bytes` is finite. */
  bytesOf?(record: StoredRecord): number;
  /** One to `capabilities.batch.records`; their ids differ; their vectors are the driver's to keep. */
  upsert(records: readonly StoredRecord[], signal?: AbortSignal): Promise<void>;
  /** Nearest first; in exact searches equal scores in the order of ids, by code point. */
  query(query: CheckedQuery, signal?: AbortSignal): Promise<Match[]>;
  /** In any order; those that do not exist are left out. */
  get(ids: readonly string[], signal?: AbortSignal): Promise<StoredRecord[]>;
  /** By ids, which differ, or by filter; returns how many records are gone. The filter without parts deletes all. */
  delete(selection: readonly string[] | FilterNode, signal?: AbortSignal): Promise<number>;
  count(filter?: FilterNode, signal?: AbortSignal): Promise<number>;
  /** Replaces the index there is by one of `capabilities.indexes`. */
  createIndex(options: IndexOptions, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
