/** Pinecone behind our interface, through its official client: one serverless index of dense vectors, the namespace its own. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Index } from "@pinecone-database/pinecone";
import { AccessError, FormatError, UnavailableError } from "../../errors.ts";
import type { CheckedQuery, StoreDriver } from "../driver.ts";
import type { FilterNode } from "../filter.ts";
import { checkLength } from "../lengths.ts";
import type { Capabilities, Match, Metric, StoredRecord } from "../store.ts";
import { fromPineconeId, fromPineconeMetadata, toPineconeId, toPineconeMetadata } from "./names.ts";
import { toPinecone, type PineconeFilter } from "./pinecone-filter.ts";

const metricNames = { cosine: "cosine", dot: "dotproduct", euclidean: "euclidean" } as const;

/** Pinecone returns the cosine, the dot product, and the squared distance. */
const scores: Record<Metric, (score: number) => number> = {
  cosine: (score) => Math.max(-1, Math.min(1, score)),
  dot: (score) => score,
  euclidean: (score) => -Math.sqrt(Math.max(0, score)),
};

/** Pinecone's documented limits. */
const capabilities: Capabilities = {
  persistent: true,
  indexes: [],
  exact: "never",
  consistency: "own writes",
  deleteCounts: "asked before",
  ordersText: false,
  batch: { records: 1000, bytes: 2e6, ids: 100 },
  topK: 10_000,
  idBytes: 383, // 512 characters, in base64url
  metadataBytes: 30_000, // 40 KiB, marks included
};

/** The client's errors of a server that is busy or away: the first is of any status from 500 on. */
const passing = ["PineconeMaxRetriesExceededError", "PineconeInternalServerError", "PineconeUnavailableError", "PineconeConnectionError"];

/** Records of one page of a listing. */
const pageSize = 100;

export interface PineconeAddress {
  index: string;
  apiKey: string | undefined;
  /** @default Pinecone's own */
  url: string | undefined;
  deployment: { cloud: string; region: string };
  namespace: string | undefined;
  dimension: number;
  metric: Metric;
  /** Milliseconds for a request. */
  timeout: number;
}

/** Log sequence numbers: of the last write of this handle, and of what the last answered request could see. */
interface Freshness {
  written: number;
  visible: number;
}

/** What has been written is not visible yet. */
class StaleError extends UnavailableError {}

/** The signal of the call that a request belongs to: the client's functions take none. */
const callSignal = new AsyncLocalStorage<AbortSignal | undefined>();

export class PineconeDriver implements StoreDriver {
  readonly kind = "pinecone";
  readonly capabilities: Capabilities = capabilities;
  readonly dimension: number;
  readonly metric: Metric;
  readonly place: string;
  readonly timeout: number;
  readonly listsToCount = true;
  readonly #index: Index;
  readonly #namespace: string;
  readonly #freshness: Freshness;

  private constructor(index: Index, freshness: Freshness, address: PineconeAddress) {
    this.#index = index;
    this.#freshness = freshness;
    this.#namespace = address.namespace ?? "__default__";
    this.dimension = address.dimension;
    this.metric = address.metric;
    this.timeout = address.timeout;
    this.place = `pinecone ${address.url ?? ""} ${address.index} ${this.#namespace}`;
  }

  static async open(address: PineconeAddress): Promise<PineconeDriver> {
    if (address.apiKey === undefined) {
      throw new AccessError("Pinecone wants an API key", { hint: "set PINECONE_API_KEY, or pass apiKey; startLocalPinecone() takes any" });
    }
    const { Pinecone } = await loadClient();
    const freshness: Freshness = { written: 0, visible: 0 };
    const client = new Pinecone({
      apiKey: address.apiKey,
      maxRetries: 0, // calls.ts tries again
      fetchApi: (url, init) => fetchWatched(url as string, init, freshness),
      ...(address.url !== undefined && { controllerHostUrl: address.url }),
    });
    const model = await callSignal.run(AbortSignal.timeout(address.timeout), () => openIndex(client, address));
    const held = `dimension ${model.dimension}, metric ${model.metric}`;
    const wanted = `dimension ${address.dimension}, metric ${metricNames[address.metric]}`;
    if (held !== wanted) {
      throw new FormatError(`the index ${address.index} has ${held}, not ${wanted}`, {
        hint: "open it as it was made, or name another index",
        facts: { index: address.index, expected: wanted, value: held },
      });
    }
    return new PineconeDriver(client.index({ host: model.host, namespace: address.namespace ?? "" }), freshness, address);
  }

  /** Too many requests, or the server is busy or away; or it has not caught up with what was written. */
  isTransient(error: unknown): boolean {
    if (error instanceof StaleError) return true;
    const { name, message } = error as Error;
    return passing.includes(name) || (name === "PineconeUnmappedHttpError" && message.includes("429"));
  }

  /** A number takes up to 13 characters. */
  bytesOf({ id, vector, metadata }: StoredRecord): number {
    return 13 * vector.length + 2 * id.length + 40 + 2 * Buffer.byteLength(JSON.stringify(metadata)) + 30 * Object.keys(metadata).length;
  }

  /** @throws {ArgumentError} A vector is too long or too short for the float32 that Pinecone computes in. */
  async upsert(records: readonly StoredRecord[], signal?: AbortSignal): Promise<void> {
    for (const { id, vector } of records) checkLength(`the vector of "${id}"`, vector, this.metric, "Pinecone");
    const sent = records.map(({ id, vector, metadata }) => ({
      id: toPineconeId(id),
      values: Array.from(vector, shortest),
      metadata: toPineconeMetadata(metadata),
    }));
    await callSignal.run(signal, () => this.#index.upsert({ records: sent }));
  }

  async query({ vector, topK, filter, includeVectors }: CheckedQuery, signal?: AbortSignal): Promise<Match[]> {
    return callSignal.run(signal, async () => {
      await this.#whenFresh();
      const { matches } = await this.#index.query({
        vector: Array.from(vector, shortest),
        topK,
        includeMetadata: true,
        includeValues: includeVectors,
        ...(filter && { filter: toPinecone(filter) }),
      });
      return matches.map(({ id, score, values, metadata }) => {
        const found = { id: fromPineconeId(id), score: scores[this.metric](score!), metadata: fromPineconeMetadata(metadata ?? {}) };
        return includeVectors ? { ...found, vector: Float32Array.from(values!) } : found;
      });
    });
  }

  async get(ids: readonly string[], signal?: AbortSignal): Promise<StoredRecord[]> {
    return callSignal.run(signal, async () => {
      await this.#whenFresh();
      const { records } = await this.#index.fetch({ ids: ids.map(toPineconeId) });
      return Object.values(records).map(({ id, values, metadata }) => ({
        id: fromPineconeId(id),
        vector: Float32Array.from(values!),
        metadata: fromPineconeMetadata(metadata ?? {}),
      }));
    });
  }

  async delete(selection: readonly string[] | FilterNode, signal?: AbortSignal): Promise<number> {
    return callSignal.run(signal, async () => {
      await this.#whenFresh();
      if ("kind" in selection) {
        const isAll = selection.kind === "all" && selection.parts.length === 0;
        const count = isAll ? await this.#countAll() : await this.#count(toPinecone(selection));
        if (count > 0) await (isAll ? this.#index.deleteAll() : this.#index.deleteMany({ filter: toPinecone(selection) }));
        return count;
      }
      const ids = selection.map(toPineconeId);
      const count = Object.keys((await this.#index.fetch({ ids })).records).length;
      if (count > 0) await this.#index.deleteMany({ ids });
      return count;
    });
  }

  async count(filter?: FilterNode, signal?: AbortSignal): Promise<number> {
    return callSignal.run(signal, async () => {
      await this.#whenFresh();
      return filter ? this.#count(toPinecone(filter)) : this.#countAll();
    });
  }

  /** Never called: there are no kinds to choose from. */
  async createIndex(): Promise<void> {}

  async close(): Promise<void> {}

  async #countAll(): Promise<number> {
    const { namespaces = {} } = await this.#index.describeIndexStats();
    const summary = namespaces[this.#namespace] ?? (this.#namespace === "__default__" ? namespaces[""] : undefined);
    return summary?.recordCount ?? 0;
  }

  /** Pinecone counts all records of a namespace; those that pass a filter have to be listed. */
  async #count(filter: PineconeFilter): Promise<number> {
    let count = 0;
    let paginationToken: string | undefined;
    do {
      const page = await this.#index.fetchByMetadata({
        filter,
        limit: pageSize,
        ...(paginationToken !== undefined && { paginationToken }),
      });
      count += Object.keys(page.records).length;
      paginationToken = page.pagination?.next;
    } while (paginationToken !== undefined && paginationToken !== "");
    return count;
  }

  /**
   * That what this handle has written is visible: Pinecone numbers the writes of a namespace, and the answer to a query says up to which one it sees.
   * Where it says nothing there is no way to tell.
   */
  async #whenFresh(): Promise<void> {
    const freshness = this.#freshness;
    if (freshness.visible >= freshness.written) return;
    await this.#index.query({ vector: Array.from({ length: this.dimension }, () => 1), topK: 1 });
    if (freshness.visible >= freshness.written) return;
    throw new StaleError(`write ${freshness.written} is not visible yet, only those up to ${freshness.visible}`, { hint: "wait a little" });
  }
}

/** The fewest digits that give the same float32. */
const shortest = (value: number): number => Number(value.toPrecision(9));

async function fetchWatched(url: string, init: RequestInit | undefined, freshness: Freshness): Promise<Response> {
  const signal = callSignal.getStore();
  const response = await fetch(url, { ...init, ...(signal && { signal }) });
  const [written, visible] = ["x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn"].map((header) => response.headers.get(header));
  if (written != null) freshness.written = Math.max(freshness.written, Number(written));
  if (new URL(url).pathname.endsWith("/query")) freshness.visible = visible == null ? freshness.written : Number(visible);
  return response;
}

async function loadClient(): Promise<typeof import("@pinecone-database/pinecone")> {
  try {
    return await import("@pinecone-database/pinecone");
  } catch (error) {
    throw new UnavailableError("the client of Pinecone is not installed", {
      hint: "npm install @pinecone-database/pinecone",
      cause: error,
    });
  }
}

interface IndexModel {
  host: string;
  dimension: number | undefined;
  metric: string | undefined;
}

/** Describes the index, and makes it before where it does not exist; several may make it at once. */
async function openIndex(client: import("@pinecone-database/pinecone").Pinecone, address: PineconeAddress): Promise<IndexModel> {
  const describe = async (): Promise<IndexModel> => {
    const { host, dimension, metric } = await client.describeIndex(address.index);
    return { host, dimension, metric };
  };
  try {
    return await describe();
  } catch (error) {
    if ((error as Error).name !== "PineconeNotFoundError") throw refused(error as Error, address);
  }
  try {
    await client.createIndex({
      name: address.index,
      dimension: address.dimension,
      metric: metricNames[address.metric],
      spec: { serverless: address.deployment as { cloud: "aws"; region: string } },
      waitUntilReady: true,
      suppressConflicts: true,
    });
    return await describe();
  } catch (error) {
    throw refused(error as Error, address);
  }
}

function refused(error: Error, { index, url }: PineconeAddress): Error {
  const isDenied = error.name === "PineconeAuthorizationError";
  const Class = isDenied ? AccessError : UnavailableError;
  return new Class(`Pinecone does not open the index ${index}: ${error.message}`, {
    hint: isDenied ? "see that the API key is right" : `see that ${url ?? "the service"} can be reached`,
    cause: error,
  });
}
