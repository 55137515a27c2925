/** LanceDB behind our interface: one table, "vectors", with an id, the vector, the metadata as JSON, and typed columns to filter by. */
import { existsSync, realpathSync } from "node:fs";
import type { Connection, Table } from "@lancedb/lancedb";
import { ArgumentError, FormatError, UnavailableError } from "../../errors.ts";
import { Calls, Turns } from "../calls.ts";
import { columnName, plainName, typeOf, type ScalarType } from "../columns.ts";
import type { CheckedQuery, StoreDriver } from "../driver.ts";
import type { FilterNode, Metadata } from "../filter.ts";
import { checkLength, unit } from "../lengths.ts";
import type { Capabilities, IndexOptions, Match, Metric, StoredRecord } from "../store.ts";
import { searchWithTies } from "../ties.ts";
import { hasPrimaryKey, toArrow, vectorSchema } from "./arrow.ts";
import { quote, toSql } from "./sql.ts";

const distances = { cosine: "cosine", dot: "dot", euclidean: "l2" } as const;

/** LanceDB returns 1 − cosine, 1 − dot product, and the squared distance. */
const scores: Record<Metric, (distance: number) => number> = {
  cosine: (distance) => Math.max(-1, Math.min(1, 1 - distance)), // in float32 it rounds past 1
  dot: (distance) => 1 - distance,
  euclidean: (distance) => -Math.sqrt(Math.max(0, distance)),
};

/** Candidates that an index finds by compressed vectors are this many times more than wanted, then compared by the real ones. */
const refineFactor = 4;

/** Least number of vectors from which LanceDB learns the 256 centroids of product quantisation. */
const quantizerNeeds = 256;

/** Rounds of the clustering behind an IVF-PQ index. LanceDB's own 50 take two to three times as long, for a hundredth of recall. */
const clusteringRounds = 10;

/** LanceDB takes limits of 32 bits. */
const mostRows = 2 ** 31 - 1;

const capabilities: Capabilities = {
  persistent: true,
  indexes: ["flat", "hnsw", "ivf-pq"],
  exact: "always",
  consistency: "immediate",
  deleteCounts: "exact",
  ordersText: true,
  batch: { records: Infinity, bytes: Infinity, ids: 1000 }, // ids in one IN list of SQL
  topK: Infinity,
  idBytes: Infinity,
  metadataBytes: Infinity,
};

/** The default namespace's table; each other one has a table of its own. */
const tableOf = (namespace: string | undefined): string => (namespace === undefined ? "vectors" : plainName("namespace", namespace));

/**
 * LanceDB writes warnings of its clustering straight to the process's stderr, past any cell, by the hundred where vectors repeat. Errors
 * come as exceptions either way. To see the log, set the variable before.
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

const withIds = (ids: readonly string[]): string => `id IN (${ids.map(quote).join(", ")})`;

interface TableState {
  version: number;
  /** Of all columns, in the table's order. */
  names: readonly string[];
  /** Typed columns. */
  columns: ReadonlyMap<string, ScalarType>;
  index: IndexOptions["kind"] | undefined;
}

export class LanceDriver implements StoreDriver {
  readonly kind = "lancedb";
  readonly capabilities: Capabilities = capabilities;
  readonly dimension: number;
  readonly metric: Metric;
  readonly place: string;
  readonly #connection: Connection;
  readonly #table: Table;
  /** What was last seen of the table; another handle or process may have written since. */
  #state: TableState = { version: -1, names: [], columns: new Map(), index: undefined };

  private constructor(place: string, connection: Connection, table: Table, dimension: number, metric: Metric) {
    this.place = place;
    this.#connection = connection;
    this.#table = table;
    this.dimension = dimension;
    this.metric = metric;
  }

  static async open(path: string, dimension: number, metric: Metric, namespace?: string): Promise<LanceDriver> {
    const connection = await connect(path);
    const name = tableOf(namespace);
    const place = `${existsSync(path) ? realpathSync(path) : path} ${name}`;
    const calls = new Calls({ turns: Turns.of(place), timeout: undefined, isTransient: isConflict, store: `the store at ${path}` });
    const table = await calls.write((attempt) => attempt(() => openTable(connection, name, dimension, metric)));
    const { metadata } = await table.schema();
    const held = `dimension ${metadata.get("dimension")}, metric ${metadata.get("metric")}`;
    if (held !== `dimension ${dimension}, metric ${metric}`) {
      table.close();
      connection.close();
      throw new FormatError(`the store at ${path} has ${held}, not dimension ${dimension}, metric ${metric}`, {
        hint: "open it as it was made, or give another path",
        facts: { path, expected: `dimension ${dimension}, metric ${metric}`, value: held },
      });
    }
    return new LanceDriver(place, connection, table, dimension, metric);
  }

  isTransient(error: unknown): boolean {
    return isConflict(error);
  }

  /** @throws {ArgumentError} A vector is too long or too short for the float32 that LanceDB computes in. */
  async upsert(records: readonly StoredRecord[]): Promise<void> {
    for (const { id, vector } of records) checkLength(`the vector of "${id}"`, vector, this.metric, "LanceDB");
    await this.#refresh();
    for (let isComplete = false; !isComplete;) {
      await this.#addColumns(records);
      const { names, columns } = this.#state;
      const rows = toArrow(records, names, columns);
      await this.#table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
      // A row replaced keeps its value of a column that another process has added meanwhile and the new row lacks: once more, then.
      await this.#refresh();
      isComplete = this.#state.names.length === names.length;
    }
  }

  async query(query: CheckedQuery): Promise<Match[]> {
    if (this.metric === "euclidean") checkLength("vector", query.vector, this.metric, "LanceDB");
    await this.#refresh();
    if (query.exact || !this.#state.index) return this.#searchAll(query);
    const matches = await this.#search(query, query.topK, this.#state.index);
    // A filter, or a large topK, can leave too few in the part that the index looked at.
    return matches.length < query.topK ? this.#searchAll(query) : matches;
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    await this.#refresh();
    const rows = (await this.#table.query().where(withIds(ids)).select(["id", "vector", "metadata"]).toArray()) as Row[];
    return rows.map(toRecord);
  }

  async delete(selection: readonly string[] | FilterNode): Promise<number> {
    await this.#refresh();
    const { numDeletedRows } = await this.#table.delete("kind" in selection ? this.#sql(selection) : withIds(selection));
    return numDeletedRows;
  }

  async count(filter?: FilterNode): Promise<number> {
    await this.#refresh();
    return this.#table.countRows(filter && this.#sql(filter));
  }

  async createIndex(options: IndexOptions): Promise<void> {
    await this.#refresh();
    if (options.kind === "flat") return this.#dropIndex();
    const { Index } = await lancedb();
    const distanceType = distances[this.metric];
    const config =
      options.kind === "hnsw"
        ? Index.hnswSq({ distanceType, numPartitions: 1, m: options.m ?? 16, efConstruction: options.efConstruction ?? 100 })
        : Index.ivfPq({
            distanceType,
            maxIterations: clusteringRounds,
            ...(options.partitions && { numPartitions: options.partitions }),
            ...(options.subVectors && { numSubVectors: options.subVectors }),
          });
    const count = await this.#table.countRows();
    if (count < quantizerNeeds) {
      throw new ArgumentError(`an index in LanceDB needs ${quantizerNeeds} records to learn from, got ${count}`, {
        hint: "search without an index: for so few it is faster anyway",
      });
    }
    await this.#table.createIndex("vector", { config, replace: true });
  }

  async close(): Promise<void> {
    this.#table.close();
    this.#connection.close();
  }

  /** Compares all records. */
  #searchAll(query: CheckedQuery): Promise<Match[]> {
    return searchWithTies((limit) => this.#search(query, limit), query.topK, mostRows);
  }

  async #search(query: CheckedQuery, limit: number, index?: IndexOptions["kind"]): Promise<Match[]> {
    const { vector, filter, includeVectors, effort } = query;
    let search = this.#table
      .query()
      .nearestTo(this.metric === "cosine" ? unit(vector) : vector)
      .distanceType(distances[this.metric])
      .limit(Math.min(limit, mostRows))
      .select(["id", "metadata", "_distance", ...(includeVectors ? ["vector"] : [])]);
    if (filter) search = search.where(this.#sql(filter));
    search = index ? search.refineFactor(refineFactor) : search.bypassVectorIndex();
    if (effort !== undefined && index === "hnsw") search = search.ef(Math.max(effort, refineFactor * limit));
    if (effort !== undefined && index === "ivf-pq") search = search.nprobes(effort);
    const rows = (await search.toArray()) as Row[];
    return rows.map((row) => {
      const found = { id: row.id, score: scores[this.metric](row._distance), metadata: JSON.parse(row.metadata) as Metadata };
      return includeVectors ? { ...found, vector: Float32Array.from(row.vector.toArray()) } : found;
    });
  }

  async #dropIndex(): Promise<void> {
    for (const { name } of await this.#table.listIndices()) await this.#table.dropIndex(name);
  }

  /** Follows what other handles and processes have written. */
  async #refresh(): Promise<void> {
    await this.#table.checkoutLatest();
    const version = await this.#table.version();
    if (version === this.#state.version) return;
    const { fields } = await this.#table.schema();
    const names = fields.map(({ name }) => name);
    const [index] = await this.#table.listIndices();
    this.#state = {
      version,
      names,
      columns: new Map(
        names.flatMap((name): [string, ScalarType][] => {
          const type = /^(text|number|truth)x?_/.exec(name)?.[1];
          return type === undefined ? [] : [[name, type as ScalarType]];
        }),
      ),
      index: index && (index.indexType.toLowerCase().includes("hnsw") ? "hnsw" : "ivf-pq"),
    };
  }

  #sql(filter: FilterNode): string {
    return toSql(filter, new Set(this.#state.columns.keys()));
  }

  /** Adds a column for each field and type that the table does not have yet. */
  async #addColumns(records: readonly StoredRecord[]): Promise<void> {
    const missing = new Map<string, ScalarType>();
    for (const { metadata } of records) {
      for (const [field, value] of Object.entries(metadata)) {
        const name = columnName(field, typeOf(value));
        if (!this.#state.columns.has(name)) missing.set(name, typeOf(value));
      }
    }
    if (missing.size === 0) return;
    const sqlTypes: Record<ScalarType, string> = { text: "STRING", number: "DOUBLE", truth: "DOUBLE" };
    await this.#table.addColumns([...missing].map(([name, type]) => ({ name, valueSql: `CAST(NULL AS ${sqlTypes[type]})` })));
    await this.#refresh();
  }
}

/** With an interval of 0 every read looks for what others have written. */
async function connect(path: string): Promise<Connection> {
  const library = await lancedb();
  try {
    return await library.connect(path, { readConsistencyInterval: 0 });
  } catch (error) {
    throw new UnavailableError(`cannot open a store at ${path}: ${(error as Error).message}`, {
      hint: "name a folder that can be written to, or that does not exist yet",
      cause: error,
      facts: { path },
    });
  }
}

/** Opens the table, or makes it. */
async function openTable(connection: Connection, name: string, dimension: number, metric: Metric): Promise<Table> {
  const exists = (await connection.tableNames()).includes(name);
  const table = exists ? await connection.openTable(name) : await connection.createEmptyTable(name, vectorSchema(dimension, metric));
  if (!hasPrimaryKey(await table.schema())) await table.setUnenforcedPrimaryKey("id"); // made by an earlier version of this library
  return table;
}

/**
 * Whether another process was faster: LanceDB commits optimistically, and the loser of a race tries again. Its errors have no codes.
 * test/retrieval/writers.ts provokes the races, so that a new wording would be noticed: a lost commit, a table or a column that somebody else has
 * added meanwhile.
 */
function isConflict(error: unknown): boolean {
  return /conflict|contention|already exists/i.test((error as Error).message);
}
