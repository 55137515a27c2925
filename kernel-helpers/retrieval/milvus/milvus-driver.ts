/**
 * Milvus behind our interface, through its official client: one collection with an id, the vector, the metadata as JSON text, and the same metadata
 * as a JSON field to filter by. Every read asks for strong consistency.
 */
import type { MilvusClient, SearchSimpleReq } from "@zilliz/milvus2-sdk-node";
import { ArgumentError, FormatError } from "../../errors.ts";
import { Calls, Turns } from "../calls.ts";
import { plainName } from "../columns.ts";
import type { CheckedQuery, StoreDriver } from "../driver.ts";
import type { FilterNode, Metadata } from "../filter.ts";
import { checkLength, unit } from "../lengths.ts";
import type { Capabilities, IndexOptions, Match, Metric, StoredRecord } from "../store.ts";
import { searchWithTies } from "../ties.ts";
import { checked, connect, isTransient, isTransientInOpening, type MilvusAddress } from "./connection.ts";
import { everything, toExpression, toFields, withIds } from "./expression.ts";

const metricTypes = { cosine: "COSINE", dot: "IP", euclidean: "L2" } as const;

/** Milvus returns the cosine, the dot product, and the squared distance. */
const scores: Record<Metric, (score: number) => number> = {
  cosine: (score) => Math.max(-1, Math.min(1, score)), // in float32 it rounds past 1
  dot: (score) => score,
  euclidean: (score) => -Math.sqrt(Math.max(0, score)),
};

/** Milvus's own limit on text of variable length, ids among them, in bytes. */
const textBytes = 65_535;

export const capabilities: Capabilities = {
  persistent: true,
  indexes: ["flat", "hnsw"],
  exact: "without an index",
  consistency: "immediate",
  deleteCounts: "asked before", // Milvus counts the ids that it was asked to delete, whether they were there or not
  ordersText: true,
  batch: { records: 1000, bytes: 16 * 2 ** 20, ids: 1000 }, // a request has at most 64 MiB
  topK: 16_384,
  idBytes: textBytes,
  metadataBytes: textBytes,
};

/** Milliseconds for requests that build an index or load it, or delete what may be nearly all. */
const longTimeout = 3_600_000;

/** ConsistencyLevelEnum.Strong, which importing would load the client for. */
const strong = { consistency_level: 0 } as const;

interface Row {
  id: string;
  vector?: number[];
  metadata: string;
  score: number;
}

const toRecord = ({ id, vector, metadata }: Row): StoredRecord => ({
  id,
  vector: Float32Array.from(vector!),
  metadata: JSON.parse(metadata) as Metadata,
});

export class MilvusDriver implements StoreDriver {
  readonly kind = "milvus";
  readonly capabilities: Capabilities = capabilities;
  readonly dimension: number;
  readonly metric: Metric;
  readonly place: string;
  readonly timeout: number;
  readonly #client: MilvusClient;
  readonly #collection: string;

  private constructor(client: MilvusClient, collection: string, place: string, timeout: number, dimension: number, metric: Metric) {
    this.#client = client;
    this.#collection = collection;
    this.place = place;
    this.timeout = timeout;
    this.dimension = dimension;
    this.metric = metric;
  }

  /** @param collection Each namespace but the default one has a collection of its own. */
  static async open(
    address: MilvusAddress,
    collection: string,
    namespace: string | undefined,
    dimension: number,
    metric: Metric,
  ): Promise<MilvusDriver> {
    const client = await connect(address);
    try {
      const name = namespace === undefined ? collection : `${collection}_${plainName("namespace", namespace)}`;
      const place = `milvus ${address.address} ${address.database ?? ""} ${name}`;
      const calls = new Calls({ turns: Turns.of(place), timeout: undefined, isTransient: isTransientInOpening, store: "Milvus" });
      await calls.write((attempt) => attempt(() => openCollection(client, name, dimension, metric)));
      return new MilvusDriver(client, name, place, address.timeout, dimension, metric);
    } catch (error) {
      await client.closeConnection();
      throw error;
    }
  }

  isTransient(error: unknown): boolean {
    return isTransient(error);
  }

  /** A number is 4 bytes, and the metadata go over twice. */
  bytesOf({ id, vector, metadata }: StoredRecord): number {
    return 4 * vector.length + 4 * id.length + 6 * JSON.stringify(metadata).length;
  }

  /** @throws {ArgumentError} A vector is too long or too short for the float32 that Milvus computes in. */
  async upsert(records: readonly StoredRecord[]): Promise<void> {
    for (const { id, vector } of records) checkLength(`the vector of "${id}"`, vector, this.metric, "Milvus");
    const data = records.map(({ id, vector, metadata }) => ({
      id,
      vector: Array.from(vector),
      metadata: JSON.stringify(metadata),
      fields: toFields(metadata),
    }));
    checked(await this.#client.upsert({ collection_name: this.#collection, data }));
  }

  async query(query: CheckedQuery): Promise<Match[]> {
    if (this.metric === "euclidean") checkLength("vector", query.vector, this.metric, "Milvus");
    const isFlat = (await this.#indexType()) === "FLAT";
    if (query.exact && !isFlat) {
      throw new ArgumentError("Milvus searches through the index there is, and only through it: an exact search has to go without", {
        hint: 'call createIndex({ kind: "flat" }) first, or leave exact out',
      });
    }
    if (!isFlat) return this.#search(query, query.topK);
    return searchWithTies((limit) => this.#search(query, limit), query.topK, capabilities.topK);
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    const { data } = checked(
      await this.#client.query({
        collection_name: this.#collection,
        filter: withIds(ids),
        output_fields: ["id", "vector", "metadata"],
        ...strong,
      }),
    );
    return (data as unknown as Row[]).map(toRecord);
  }

  async delete(selection: readonly string[] | FilterNode): Promise<number> {
    const filter = "kind" in selection ? toExpression(selection) : withIds(selection);
    const count = await this.#count(filter);
    if (count > 0) checked(await this.#client.delete({ collection_name: this.#collection, filter, timeout: longTimeout }));
    return count;
  }

  async count(filter?: FilterNode): Promise<number> {
    return this.#count(filter ? toExpression(filter) : everything);
  }

  /** Milvus has one index for a field, and none to search while it is replaced. */
  async createIndex(options: IndexOptions): Promise<void> {
    const collection = { collection_name: this.#collection, timeout: longTimeout };
    checked(await this.#client.flush({ collection_names: [this.#collection], timeout: longTimeout })); // an index is built of what is sealed
    checked(await this.#client.releaseCollection(collection));
    checked(await this.#client.dropIndex({ ...collection, field_name: "vector" }));
    const [type, sizes]: [string, Record<string, number>] =
      options.kind === "hnsw" ? ["HNSW", { M: options.m ?? 16, efConstruction: options.efConstruction ?? 100 }] : ["FLAT", {}];
    await createIndex(this.#client, this.#collection, type, this.metric, sizes);
    checked(await this.#client.loadCollection(collection));
  }

  async close(): Promise<void> {
    await this.#client.closeConnection();
  }

  async #search({ vector, filter, includeVectors, effort }: CheckedQuery, limit: number): Promise<Match[]> {
    const request: SearchSimpleReq = {
      collection_name: this.#collection,
      data: Array.from(this.metric === "cosine" ? unit(vector) : vector),
      limit,
      ...(filter && { filter: toExpression(filter) }),
      ...(effort !== undefined && { params: { ef: Math.max(effort, limit) } }),
      output_fields: ["id", "metadata", ...(includeVectors ? ["vector"] : [])],
      ...strong,
    };
    const { results } = checked(await this.#client.search(request));
    return (results as unknown as Row[]).map((row) => {
      const found = { id: row.id, score: scores[this.metric](row.score), metadata: JSON.parse(row.metadata) as Metadata };
      return includeVectors ? { ...found, vector: Float32Array.from(row.vector!) } : found;
    });
  }

  async #count(filter: string): Promise<number> {
    const answer = await this.#client.query({ collection_name: this.#collection, filter, output_fields: ["count(*)"], ...strong });
    return Number(checked(answer).data[0]!["count(*)"]);
  }

  async #indexType(): Promise<string> {
    return (await describeIndex(this.#client, this.#collection))["index_type"]!;
  }
}

/** Several may make it at once. */
async function createIndex(
  client: MilvusClient,
  collection: string,
  type: string,
  metric: Metric,
  sizes: Record<string, number>,
): Promise<void> {
  const answer = await client.createIndex({
    collection_name: collection,
    field_name: "vector",
    index_type: type,
    metric_type: metricTypes[metric],
    params: sizes,
    timeout: longTimeout,
  });
  if (answer.error_code !== "Success" && (await describeIndex(client, collection))["index_type"] !== type) checked(answer);
}

/** The parameters of the vectors' index, or nothing where there is none yet. */
async function describeIndex(client: MilvusClient, collection: string): Promise<Record<string, string>> {
  const answer = await client.describeIndex({ collection_name: collection, field_name: "vector" });
  const [index] = answer.index_descriptions ?? [];
  return Object.fromEntries((index?.params ?? []).map(({ key, value }) => [key, String(value)]));
}

/** Opens the collection, or makes it; several may make it at once. */
async function openCollection(client: MilvusClient, collection: string, dimension: number, metric: Metric): Promise<void> {
  const { DataType } = await import("@zilliz/milvus2-sdk-node");
  const exists = async (): Promise<boolean> => Boolean(checked(await client.hasCollection({ collection_name: collection })).value);
  if (!(await exists())) {
    const made = await client.createCollection({
      collection_name: collection,
      consistency_level: "Strong",
      fields: [
        { name: "id", data_type: DataType.VarChar, is_primary_key: true, max_length: textBytes },
        { name: "vector", data_type: DataType.FloatVector, dim: dimension },
        { name: "metadata", data_type: DataType.VarChar, max_length: textBytes },
        { name: "fields", data_type: DataType.JSON },
      ],
    });
    if (made.error_code !== "Success" && !(await exists())) checked(made);
  }
  const { schema } = checked(await client.describeCollection({ collection_name: collection }));
  const dim = Number(schema.fields.find(({ name }) => name === "vector")?.dim);
  if ((await describeIndex(client, collection))["metric_type"] === undefined) await createIndex(client, collection, "FLAT", metric, {});
  const { metric_type: type = "unknown" } = await describeIndex(client, collection);
  const held = `dimension ${dim}, metric ${type}`;
  const wanted = `dimension ${dimension}, metric ${metricTypes[metric]}`;
  if (held !== wanted) {
    throw new FormatError(`the collection ${collection} has ${held}, not ${wanted}`, {
      hint: "open it as it was made, or name another collection",
      facts: { collection, expected: wanted, value: held },
    });
  }
  checked(await client.loadCollection({ collection_name: collection }));
}
