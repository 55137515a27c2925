/** One index of the local Pinecone: its namespaces, what a write does after the delay, and each operation of the data plane. */
import { randomUUID } from "node:crypto";
import { matchesPinecone } from "./local-filter.ts";

export type Json = Record<string, unknown>;

export class RefusedRequest extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const invalid = (message: string): RefusedRequest => new RefusedRequest(400, "INVALID_ARGUMENT", message);

interface PineconeVector {
  id: string;
  values: number[];
  metadata?: Json;
}

/** Writes are numbered, and take effect in that order when their time has come. */
interface Namespace {
  vectors: Map<string, PineconeVector>;
  lastWrite: number;
  lastVisible: number;
  pending: { at: number; apply(): void }[];
  /** What is left of a listing, by the token of its next page. */
  listings: Map<string, PineconeVector[]>;
}

interface Answer {
  json: Json;
  headers?: Record<string, string>;
}

type Score = (query: readonly number[], values: readonly number[]) => number;

const dot: Score = (query, values) => query.reduce((sum, value, at) => sum + value * values[at]!, 0);

const scores: Record<string, Score> = {
  cosine: (query, values) => dot(query, values) / Math.sqrt(dot(query, query) * dot(values, values)),
  dotproduct: dot,
  euclidean: (query, values) => query.reduce((sum, value, at) => sum + (value - values[at]!) ** 2, 0),
};

export class LocalIndex {
  readonly name: string;
  readonly schema: Json;
  readonly deployment: Json;
  readonly #dimension: number;
  readonly #metric: string;
  readonly #delay: number;
  readonly #namespaces = new Map<string, Namespace>();

  constructor(request: Json, delay: number) {
    this.name = request["name"] as string;
    if (!/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/.test(this.name)) throw invalid("Name must consist of lower case alphanumerics or '-'");
    this.schema = request["schema"] as Json;
    this.deployment = { environment: "local", ...(request["deployment"] as Json) };
    const field = Object.values(this.schema["fields"] as Record<string, Json>).find(({ type }) => type === "dense_vector");
    if (!field) throw invalid("the local Pinecone has indexes of dense vectors only");
    this.#dimension = field["dimension"] as number;
    this.#metric = field["metric"] as string;
    this.#delay = delay;
  }

  handle(operation: string, body: Json, search: URLSearchParams): Answer {
    const space = this.#space((body["namespace"] as string | undefined) ?? search.get("namespace") ?? "");
    for (const now = performance.now(); space.pending.length > 0 && space.pending[0]!.at <= now; space.lastVisible += 1)
      space.pending.shift()!.apply();
    switch (operation) {
      case "vectors/upsert":
        return this.#upsert(space, body["vectors"] as PineconeVector[]);
      case "vectors/delete":
        return this.#delete(space, body);
      case "query":
        return this.#query(space, body);
      case "vectors/fetch":
        return { json: { vectors: keyed(search.getAll("ids").flatMap((id) => space.vectors.get(id) ?? [])) } };
      case "vectors/fetch_by_metadata":
        return fetchByMetadata(space, body);
      case "describe_index_stats":
        return { json: this.#stats() };
      default:
        throw new RefusedRequest(404, "NOT_FOUND", `the local Pinecone has no ${operation}`);
    }
  }

  #space(name: string): Namespace {
    const key = name === "" ? "__default__" : name;
    const space = this.#namespaces.get(key) ?? { vectors: new Map(), lastWrite: 0, lastVisible: 0, pending: [], listings: new Map() };
    this.#namespaces.set(key, space);
    return space;
  }

  #upsert(space: Namespace, vectors: PineconeVector[]): Answer {
    if (vectors.length > 1000) throw invalid("The number of vectors must not exceed 1000");
    for (const vector of vectors) this.#check(vector);
    const headers = this.#write(space, () => {
      for (const vector of vectors) space.vectors.set(vector.id, vector);
    });
    return { json: { upsertedCount: vectors.length }, headers };
  }

  #delete(space: Namespace, { ids, deleteAll, filter }: Json): Answer {
    const headers = this.#write(space, () => {
      if (deleteAll === true) space.vectors.clear();
      else if (Array.isArray(ids)) for (const id of ids as string[]) space.vectors.delete(id);
      else
        for (const { id, metadata } of space.vectors.values())
          if (matchesPinecone(filter as Json, metadata ?? {})) space.vectors.delete(id);
    });
    return { json: {}, headers };
  }

  #query(space: Namespace, { vector, topK, filter, includeValues, includeMetadata }: Json): Answer {
    const query = vector as number[];
    if (query.length !== this.#dimension)
      throw invalid(`Vector dimension ${query.length} does not match the dimension of the index ${this.#dimension}`);
    if ((topK as number) > 10_000) throw invalid("top_k must be at most 10000");
    const score = scores[this.#metric]!;
    const sign = this.#metric === "euclidean" ? -1 : 1;
    const matches = [...space.vectors.values()]
      .filter(({ metadata }) => filter === undefined || matchesPinecone(filter as Json, metadata ?? {}))
      .map((found) => ({ found, score: score(query, found.values) }))
      .sort((one, other) => sign * (other.score - one.score))
      .slice(0, topK as number)
      .map(({ found: { id, values, metadata }, score: value }) => ({
        id,
        score: value,
        values: includeValues === true ? values : [],
        ...(includeMetadata === true && { metadata: metadata ?? {} }),
      }));
    return {
      json: { matches, namespace: "", usage: { readUnits: 1 } },
      headers: { "x-pinecone-max-indexed-lsn": String(space.lastVisible) },
    };
  }

  #stats(): Json {
    const namespaces = [...this.#namespaces].map(([name, { vectors }]) => [name, { vectorCount: vectors.size }] as const);
    const totalVectorCount = namespaces.reduce((sum, [, { vectorCount }]) => sum + vectorCount, 0);
    return {
      namespaces: Object.fromEntries(namespaces),
      dimension: this.#dimension,
      metric: this.#metric,
      totalVectorCount,
      indexFullness: 0,
    };
  }

  #write(space: Namespace, apply: () => void): Record<string, string> {
    space.lastWrite += 1;
    if (this.#delay > 0) space.pending.push({ at: performance.now() + this.#delay, apply });
    else {
      apply();
      space.lastVisible = space.lastWrite;
    }
    return { "x-pinecone-request-lsn": String(space.lastWrite) };
  }

  #check({ id, values, metadata = {} }: PineconeVector): void {
    if (id.length > 512) throw invalid("ID length must be at most 512");
    if (!/^[\x20-\x7f]+$/.test(id)) throw invalid(`Vector ID must be ASCII, but got '${id}'`);
    if (values.length !== this.#dimension)
      throw invalid(`Vector dimension ${values.length} does not match the dimension of the index ${this.#dimension}`);
    if (values.every((value) => value === 0)) throw invalid("Dense vectors must contain at least one non-zero value");
    if (Buffer.byteLength(JSON.stringify(metadata)) > 40_960) throw invalid("metadata size exceeds the limit of 40960 bytes per vector");
    for (const [field, value] of Object.entries(metadata)) {
      if (field.startsWith("$")) throw invalid(`Metadata key cannot start with '$', got '${field}'`);
      if (!["string", "number", "boolean"].includes(typeof value) && !Array.isArray(value))
        throw invalid("Metadata value must be a string, number, boolean or list of strings");
    }
  }
}

/** Pages of a listing are of what was there when it began. */
function fetchByMetadata(space: Namespace, { filter, limit = 100, paginationToken }: Json): Answer {
  const begun = space.listings.get((paginationToken as string | undefined) ?? "");
  const left = begun ?? [...space.vectors.values()].filter(({ metadata }) => matchesPinecone(filter as Json, metadata ?? {}));
  space.listings.delete((paginationToken as string | undefined) ?? "");
  const page = left.splice(0, limit as number);
  if (left.length === 0) return { json: { vectors: keyed(page) } };
  const next = randomUUID();
  space.listings.set(next, left);
  return { json: { vectors: keyed(page), pagination: { next } } };
}

const keyed = (vectors: readonly PineconeVector[]): Json => Object.fromEntries(vectors.map((vector) => [vector.id, vector]));
