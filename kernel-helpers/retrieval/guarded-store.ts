/** A driver made a VectorStore: arguments are checked here, once for all drivers, so that what is accepted and refused is the same. */
import { ArgumentError, ClosedError } from "../errors.ts";
import type { StoreDriver } from "./driver.ts";
import { checkScalar, parseFilter, type Filter } from "./filter.ts";
import type { IndexOptions, Match, Metric, Query, StoredRecord, Vector, VectorRecord, VectorStore } from "./store.ts";

function checkId(id: unknown): string {
  if (typeof id === "string" && id !== "" && !/\p{Surrogate}/u.test(id)) return id;
  throw new ArgumentError(`an id is ${JSON.stringify(id)}`, { hint: "an id is well-formed text that is not empty" });
}

function checkCount(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ArgumentError(`${name} is ${value}`, { hint: `${name} is a whole number from 1` });
}

export class GuardedStore implements VectorStore {
  readonly kind: string;
  readonly dimension: number;
  readonly metric: Metric;
  readonly #driver: StoreDriver;
  #isOpen = true;

  constructor(driver: StoreDriver) {
    this.#driver = driver;
    ({ kind: this.kind, dimension: this.dimension, metric: this.metric } = driver);
  }

  async upsert(records: readonly VectorRecord[]): Promise<void> {
    const driver = this.#open();
    const seen = new Set<string>();
    const checked = records.map(({ id, vector, metadata = {} }): StoredRecord => {
      if (seen.has(checkId(id))) {
        throw new ArgumentError(`the id "${id}" is in this batch twice`, { hint: "which of the two should stay? Upsert only that one" });
      }
      seen.add(id);
      const fields = Object.entries(metadata).filter(([, value]) => value !== undefined);
      const reserved = fields.find(([field]) => field === "" || field.startsWith("$") || /\p{Surrogate}/u.test(field));
      if (reserved) {
        throw new ArgumentError(`"${reserved[0]}" of "${id}" is no field name`, { hint: "a field has a name, and $ begins an operator" });
      }
      return {
        id,
        vector: this.#checkVector(vector, `the vector of "${id}"`),
        metadata: Object.fromEntries(fields.map(([field, value]) => [field, checkScalar(value, `"${field}" of "${id}"`)])),
      };
    });
    if (checked.length > 0) await driver.upsert(checked);
  }

  async query({ vector, topK = 10, filter, includeVectors = false, exact = false, effort }: Query): Promise<Match[]> {
    return this.#open().query({
      vector: this.#checkVector(vector, "the query"),
      topK: checkCount(topK, "topK"),
      filter: filter && parseFilter(filter),
      includeVectors,
      exact,
      effort: effort === undefined ? undefined : checkCount(effort, "effort"),
    });
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    const driver = this.#open();
    return ids.length === 0 ? [] : driver.get(ids.map(checkId));
  }

  async delete(what: readonly string[] | Filter): Promise<number> {
    const driver = this.#open();
    if (!Array.isArray(what)) return driver.delete(parseFilter(what));
    return what.length === 0 ? 0 : driver.delete([...new Set(what.map(checkId))]);
  }

  async count(filter?: Filter): Promise<number> {
    return this.#open().count(filter && parseFilter(filter));
  }

  async createIndex(options: IndexOptions): Promise<void> {
    const driver = this.#open();
    const { kind, ...sizes } = options;
    if (kind !== "hnsw" && kind !== "ivf-pq") {
      throw new ArgumentError(`unknown index "${String(kind)}"`, { hint: 'use { kind: "hnsw" } or { kind: "ivf-pq" }' });
    }
    for (const [name, value] of Object.entries(sizes)) if (value !== undefined) checkCount(value as number, name);
    if (options.kind === "hnsw" && options.m !== undefined && (options.m < 2 || options.m > 100)) {
      throw new ArgumentError(`m is ${options.m}`, {
        hint: "m lies between 2 and 100; 16 is usual, more finds more and takes more memory",
      });
    }
    await driver.createIndex(options);
  }

  async close(): Promise<void> {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    if (wasOpen) await this.#driver.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): StoreDriver {
    if (this.#isOpen) return this.#driver;
    throw new ClosedError(`the ${this.kind} store is closed`, { hint: "open it again with openStore()" });
  }

  #checkVector(vector: Vector, what: string): Float32Array {
    if (!Array.isArray(vector) && !ArrayBuffer.isView(vector)) {
      throw new ArgumentError(`${what} is ${String(vector)}`, { hint: "give a Float32Array or an array of numbers" });
    }
    if (vector.length !== this.dimension) {
      throw new ArgumentError(`${what} has ${vector.length} numbers, the store has dimension ${this.dimension}`, {
        hint: "use vectors of one encoder, and open the store with its dimension",
      });
    }
    const own = new Float32Array(vector);
    let isZero = true;
    for (let index = 0; index < own.length; index++) {
      const value = own[index]!;
      if (value !== 0) isZero = false;
      if (Number.isFinite(value)) continue;
      throw new ArgumentError(`number ${index} of ${what} is ${value}`, { hint: "all numbers of a vector must be finite as float32" });
    }
    if (isZero && this.metric === "cosine") {
      throw new ArgumentError(`${what} is all zeros, which points nowhere: no cosine`, { hint: 'leave it out, or use metric "dot"' });
    }
    return own;
  }
}
