/** LanceDB behind our interface: one table, "vectors", with an id, the vector, the metadata as JSON, and typed columns to filter by. */
import type { Connection, Table } from "@lancedb/lancedb";
import { ArgumentError, FormatError } from "../../errors.ts";
import type { CheckedQuery, StoreDriver } from "../driver.ts";
import type { FilterNode, Metadata } from "../filter.ts";
import type { IndexOptions, Match, Metric, StoredRecord } from "../store.ts";
import { toArrow, vectorSchema } from "./arrow.ts";
import { columnName, quote, toSql, typeOf, type ScalarType } from "./sql.ts";

const distances = { cosine: "cosine", dot: "dot", euclidean: "l2" } as const;

/** LanceDB gives 1 − cosine, 1 − dot product, and the squared distance. */
const scores: Record<Metric, (distance: number) => number> = {
  cosine: (distance) => 1 - distance,
  dot: (distance) => 1 - distance,
  euclidean: (distance) => -Math.sqrt(Math.max(0, distance)),
};

/** Candidates that an index finds by compressed vectors are this many times more than wanted, then compared by the real ones. */
const refineFactor = 4;

/** An IN list of SQL is kept to this length. */
const idsAtOnce = 1000;

/** Least number of vectors from which LanceDB learns the 256 centroids of product quantisation. */
const quantizerNeeds = 256;

/** Rounds of the clustering behind an IVF-PQ index. LanceDB's own 50 take two to three times as long, for a hundredth of recall. */
const clusteringRounds = 10;

/**
 * LanceDB writes warnings of its clustering straight to the process's stderr, past any cell, by the hundred where vectors repeat. Errors
 * come as exceptions either way. Whoever wants the log sets the variable first.
 */
async function lancedb(): Promise<typeof import("@lancedb/lancedb")> {
  process.env["LANCEDB_LOG"] ??= "error";
  return import("@lancedb/lancedb");
}

interface Row {
  id: string;
  vector: { toArray(): Float32Array };
  metadata: string;
  _distance: number;
}

const toRecord = ({ id, vector, metadata }: Row): StoredRecord => ({
  id,
  vector: Float32Array.from(vector.toArray()),
  metadata: JSON.parse(metadata) as Metadata,
});

const withIds = (ids: readonly string[]): string[] =>
  Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, chunk) => {
    const listed = ids.slice(chunk * idsAtOnce, (chunk + 1) * idsAtOnce).map(quote);
    return `id IN (${listed.join(", ")})`;
  });

export class LanceDriver implements StoreDriver {
  readonly kind = "lancedb";
  readonly dimension: number;
  readonly metric: Metric;
  readonly #connection: Connection;
  readonly #table: Table;
  /** Typed columns that the table has. */
  readonly #columns: Map<string, ScalarType>;
  #index: IndexOptions["kind"] | undefined;

  private constructor(
    connection: Connection,
    table: Table,
    shape: { dimension: number; metric: Metric },
    columns: Map<string, ScalarType>,
  ) {
    this.#connection = connection;
    this.#table = table;
    ({ dimension: this.dimension, metric: this.metric } = shape);
    this.#columns = columns;
  }

  static async open(path: string, dimension: number, metric: Metric): Promise<LanceDriver> {
    if (typeof path !== "string" || path === "") {
      throw new ArgumentError(`the path of the store is ${JSON.stringify(path)}`, {
        hint: "name the folder that LanceDB keeps its files in",
      });
    }
    const { connect } = await lancedb();
    const connection = await connect(path);
    const exists = (await connection.tableNames()).includes("vectors");
    const table = exists
      ? await connection.openTable("vectors")
      : await connection.createEmptyTable("vectors", vectorSchema(dimension, metric));
    const { fields, metadata } = await table.schema();
    const held = `dimension ${metadata.get("dimension")}, metric ${metadata.get("metric")}`;
    if (held !== `dimension ${dimension}, metric ${metric}`) {
      throw new FormatError(`the store at ${path} has ${held}, not dimension ${dimension}, metric ${metric}`, {
        hint: "open it as it was made, or give another path",
      });
    }
    const columns = fields.flatMap(({ name }): [string, ScalarType][] => {
      const type = /^(text|number|truth)x?_/.exec(name)?.[1];
      return type === undefined ? [] : [[name, type as ScalarType]];
    });
    const driver = new LanceDriver(connection, table, { dimension, metric }, new Map(columns));
    const [index] = await table.listIndices();
    if (index) driver.#index = index.indexType.toLowerCase().includes("hnsw") ? "hnsw" : "ivf-pq";
    return driver;
  }

  async upsert(records: readonly StoredRecord[]): Promise<void> {
    await this.#addColumns(records);
    const rows = toArrow(records, await this.#table.schema(), this.#columns);
    await this.#table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
  }

  async query(query: CheckedQuery): Promise<Match[]> {
    if (query.exact || !this.#index) return this.#search(query, undefined);
    const matches = await this.#search(query, this.#index);
    // A filter, or a large topK, can leave too few in the part that the index looked at.
    return matches.length < query.topK ? this.#search(query, undefined) : matches;
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    const found = new Map<string, StoredRecord>();
    for (const condition of withIds(ids)) {
      const rows = (await this.#table.query().where(condition).select(["id", "vector", "metadata"]).toArray()) as Row[];
      for (const row of rows) found.set(row.id, toRecord(row));
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async delete(what: readonly string[] | FilterNode): Promise<number> {
    let deleted = 0;
    for (const condition of "kind" in what ? [this.#sql(what)] : withIds(what)) {
      deleted += await this.#table.countRows(condition);
      await this.#table.delete(condition);
    }
    return deleted;
  }

  async count(filter?: FilterNode): Promise<number> {
    return this.#table.countRows(filter && this.#sql(filter));
  }

  async createIndex(options: IndexOptions): Promise<void> {
    const { Index } = await lancedb();
    const distanceType = distances[this.metric];
    const count = await this.#table.countRows();
    if (count < quantizerNeeds) {
      throw new ArgumentError(`an index in LanceDB needs ${quantizerNeeds} records to learn from, there are ${count}`, {
        hint: "search without an index: for so few it is faster anyway",
      });
    }
    const config =
      options.kind === "hnsw"
        ? Index.hnswSq({ distanceType, numPartitions: 1, m: options.m ?? 16, efConstruction: options.efConstruction ?? 100 })
        : Index.ivfPq({
            distanceType,
            maxIterations: clusteringRounds,
            ...(options.partitions && { numPartitions: options.partitions }),
            ...(options.subVectors && { numSubVectors: options.subVectors }),
          });
    await this.#table.createIndex("vector", { config, replace: true });
    this.#index = options.kind;
  }

  async close(): Promise<void> {
    this.#table.close();
    this.#connection.close();
  }

  async #search({ vector, topK, filter, includeVectors, effort }: CheckedQuery, index: IndexOptions["kind"] | undefined): Promise<Match[]> {
    let query = this.#table
      .query()
      .nearestTo(vector)
      .distanceType(distances[this.metric])
      .limit(topK)
      .select(["id", "metadata", "_distance", ...(includeVectors ? ["vector"] : [])]);
    if (filter) query = query.where(this.#sql(filter));
    query = index ? query.refineFactor(refineFactor) : query.bypassVectorIndex();
    if (effort !== undefined && index === "hnsw") query = query.ef(Math.max(effort, refineFactor * topK));
    if (effort !== undefined && index === "ivf-pq") query = query.nprobes(effort);
    const rows = (await query.toArray()) as Row[];
    return rows.map((row) => {
      const found = { id: row.id, score: scores[this.metric](row._distance), metadata: JSON.parse(row.metadata) as Metadata };
      return includeVectors ? { ...found, vector: Float32Array.from(row.vector.toArray()) } : found;
    });
  }

  #sql(filter: FilterNode): string {
    return toSql(filter, new Set(this.#columns.keys()));
  }

  /** Gives the table a column for each field and type that it has not had. */
  async #addColumns(records: readonly StoredRecord[]): Promise<void> {
    const missing = new Map<string, ScalarType>();
    for (const { metadata } of records) {
      for (const [field, value] of Object.entries(metadata)) {
        const name = columnName(field, typeOf(value));
        if (!this.#columns.has(name)) missing.set(name, typeOf(value));
      }
    }
    if (missing.size === 0) return;
    const sqlTypes: Record<ScalarType, string> = { text: "STRING", number: "DOUBLE", truth: "DOUBLE" };
    await this.#table.addColumns([...missing].map(([name, type]) => ({ name, valueSql: `CAST(NULL AS ${sqlTypes[type]})` })));
    for (const [name, type] of missing) this.#columns.set(name, type);
  }
}
