/**
 * What a vector store does, whichever one it is. All of them pass the same conformance suite (test/retrieval/conformance.ts) and return the same
 * answers. Calls take effect in the order in which they are made, awaited or not, and a handle sees what other handles of the same place wrote.
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
 * An index answers from part of the records, and so may miss some. Records upserted or deleted later are taken into account.
 * "hnsw" exists in both stores; "ivf-pq", which also compresses the vectors, in LanceDB. A vector of d numbers takes 4d bytes in the store in memory,
 * and about 2d + 6m more in its index; the store compares all vectors where the index would not be twice as fast.
 */
export type IndexOptions =
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

export interface VectorStore {
  readonly kind: string;
  readonly dimension: number;
  readonly metric: Metric;
  /** Adds records, and replaces those whose id exists. A batch that is refused changes nothing. */
  upsert(records: readonly VectorRecord[]): Promise<void>;
  /** The nearest records, nearest first. In exact searches equally near ones come in the order of their ids. */
  query(query: Query): Promise<Match[]>;
  /** The records with these ids, in that order; ids that do not exist are left out. */
  get(ids: readonly string[]): Promise<StoredRecord[]>;
  /**
   * Deletes by ids or by filter and returns how many records are gone.
   *
   * @throws {ArgumentError} A filter that every record passes, such as `{}`: to delete everything, call clear().
   */
  delete(selection: readonly string[] | Filter): Promise<number>;
  /** Deletes every record and returns how many there were. */
  clear(): Promise<number>;
  /** How many records there are, or how many pass the filter. */
  count(filter?: Filter): Promise<number>;
  /** Builds or replaces the index. */
  createIndex(options: IndexOptions): Promise<void>;
  /** Frees memory and files once the calls under way have finished; every later call fails with a ClosedError. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
