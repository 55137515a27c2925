/**
 * What a vector store does, whichever one it is. All of them pass the same conformance suite (test/retrieval/conformance.ts) and return the same
 * answers; where an engine cannot do something, its `capabilities` say so. Calls take effect in the order in which they are made, awaited or not.
 */
import type { Filter, Metadata } from "./filter.ts";

/**
 * How nearness is measured. Scores are always such that higher is nearer: the cosine, the dot product, or minus the Euclidean distance.
 */
export type Metric = "cosine" | "dot" | "euclidean";

export type Vector = Float32Array | readonly number[];

export interface VectorRecord {
  /** Not empty; a record upserted with the id of another replaces it whole. */
  id: string;
  vector: Vector;
  /** Flat: text, finite numbers and booleans by field name. */
  metadata?: Metadata;
}

export interface StoredRecord {
  id: string;
  vector: Float32Array;
  metadata: Metadata;
}

export interface Query {
  vector: Vector;
  /** How many records at most. @default 10 */
  topK?: number;
  /** Only records whose metadata match; decided before the search, so topK of them are found where there are as many. */
  filter?: Filter;
  /** Whether matches bring their vectors. @default false */
  includeVectors?: boolean;
  /** Search all records even if there is an index. @default false */
  exact?: boolean;
  /** How hard an index searches: `ef` of HNSW, partitions probed of IVF. More finds more and takes longer. @default the index's own */
  effort?: number;
}

export interface Match {
  id: string;
  /** Higher is nearer. */
  score: number;
  metadata: Metadata;
  /** With includeVectors. */
  vector?: Float32Array;
}

/**
 * An index answers from part of the records, and so may miss some. Records upserted or deleted later are taken into account. Which kinds a store has
 * is in its `capabilities`. A vector of d numbers takes 4d bytes in the store in memory, and about 2d + 6m more in its index; the store compares all
 * vectors where the index would not be twice as fast.
 */
export type IndexOptions =
  | {
      /** No index: every query compares with all records. */
      kind: "flat";
    }
  | {
      kind: "hnsw";
      /** Neighbours of a node, 2 to 100. @default 16 */
      m?: number;
      /** Candidates considered while building. @default 100 */
      efConstruction?: number;
    }
  | {
      kind: "ivf-pq";
      /** Cells of the coarse partition; about the root of the record count is usual. @default LanceDB's choice: few, of thousands of vectors */
      partitions?: number;
      /** Parts that a vector is cut into; each is stored as one byte. @default a 16th of the dimension */
      subVectors?: number;
    };

/** What a store's engine can do. What it cannot is refused with an ArgumentError, never answered wrong. */
export interface Capabilities {
  /** Whether records are still there when every handle is closed. */
  persistent: boolean;
  /** Kinds that createIndex takes; none where the engine sees to that itself. */
  indexes: readonly IndexOptions["kind"][];
  /** Whether a query may ask for `exact`: always, as long as there is no index, or never, for the engine always estimates. */
  exact: "always" | "without an index" | "never";
  /**
   * "immediate": a read sees every write that has finished, from any writer. "own writes": those of its own handle at once, for it waits until they
   * are visible; those of others after some seconds.
   */
  consistency: "immediate" | "own writes";
  /** Whether delete() returns what the engine says was deleted, or what was there when asked just before, which others may change meanwhile. */
  deleteCounts: "exact" | "asked before";
  /** Whether filters may order text, as `$gt: "a"` does. */
  ordersText: boolean;
  /** What one request to the engine holds; a larger batch goes over in several, and may then be there in part if one of them fails. */
  batch: { readonly records: number; readonly bytes: number; readonly ids: number };
  /** The most that a query may ask for. */
  topK: number;
  /** The longest id, and all metadata of one record as JSON, in bytes of UTF-8. */
  idBytes: number;
  metadataBytes: number;
}

export interface CallOptions {
  /** Gives the call up: it rejects with the signal's reason at once. What has reached the engine may still take effect. */
  signal?: AbortSignal;
}

export interface VectorStore {
  readonly kind: string;
  readonly dimension: number;
  readonly metric: Metric;
  readonly capabilities: Capabilities;
  /** Adds records, and replaces those whose id exists. A batch that is refused changes nothing. */
  upsert(records: readonly VectorRecord[], options?: CallOptions): Promise<void>;
  /** The nearest records, nearest first. In exact searches equally near ones come in the order of their ids. */
  query(query: Query, options?: CallOptions): Promise<Match[]>;
  /** The records with these ids, in that order; ids that do not exist are left out. */
  get(ids: readonly string[], options?: CallOptions): Promise<StoredRecord[]>;
  /**
   * Deletes by ids or by filter and returns how many records are gone.
   *
   * @throws {ArgumentError} A filter that every record passes, such as `{}`: to delete everything, call clear().
   */
  delete(selection: readonly string[] | Filter, options?: CallOptions): Promise<number>;
  /** Deletes every record and returns how many there were. */
  clear(options?: CallOptions): Promise<number>;
  /** How many records there are, or how many pass the filter. */
  count(filter?: Filter, options?: CallOptions): Promise<number>;
  /** Builds or replaces the index; "flat" removes it. */
  createIndex(index: IndexOptions, options?: CallOptions): Promise<void>;
  /** Frees memory and files once the calls under way have finished; every later call fails with a ClosedError. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
