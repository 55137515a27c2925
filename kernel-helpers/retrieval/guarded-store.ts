/** A driver made a VectorStore: arguments are checked here, once for all drivers, so that all accept and refuse the same. */
import { ArgumentError, ClosedError } from "../errors.ts";
import {
  argumentError,
  checkArray,
  checkBoolean,
  checkChoice,
  checkInteger,
  checkObject,
  checkOptions,
  nearest,
} from "../runtime/check.ts";
import type { StoreDriver } from "./driver.ts";
import { checkScalar, constantOf, isWellFormed, parseFilter, type Filter, type FilterNode, type Metadata } from "./filter.ts";
import type { IndexOptions, Match, Metric, Query, StoredRecord, VectorRecord, VectorStore } from "./store.ts";

const recordFields = ["id", "vector", "metadata"];
const queryOptions = ["vector", "topK", "filter", "includeVectors", "exact", "effort"];
const indexOptions = { hnsw: ["kind", "m", "efConstruction"], "ivf-pq": ["kind", "partitions", "subVectors"] };

const finiteNumber = "a number that is finite as float32";

/** The most neighbours of a node that HNSW is built with. */
const maxM = 100;

export class GuardedStore implements VectorStore {
  readonly kind: string;
  readonly dimension: number;
  readonly metric: Metric;
  readonly #driver: StoreDriver;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(driver: StoreDriver) {
    this.#driver = driver;
    ({ kind: this.kind, dimension: this.dimension, metric: this.metric } = driver);
  }

  async upsert(records: readonly VectorRecord[]): Promise<void> {
    this.#checkOpen();
    const places = new Map<string, string>();
    const checked: StoredRecord[] = [];
    checkArray("records", records, (place, record) => {
      const { id, vector, metadata } = checkRecord(place, record);
      const first = places.get(id);
      if (first !== undefined) {
        throw new ArgumentError(`${place} has the id "${id}", as ${first} has`, {
          hint: "upsert only the one that should stay",
          facts: { argument: `${place}.id`, expected: "an id of its own", value: id },
        });
      }
      places.set(id, place);
      checked.push({ id, vector: this.#checkVector(`${place}.vector`, vector), metadata });
    });
    if (checked.length > 0) await this.#run(this.#driver.upsert(checked));
  }

  async query(query: Query): Promise<Match[]> {
    this.#checkOpen();
    checkObject("query", query, { hint: "write query({ vector })" });
    checkOptions("query", query, queryOptions);
    const { vector, topK = 10, filter, includeVectors = false, exact = false, effort } = query;
    return this.#run(
      this.#driver.query({
        vector: this.#checkVector("vector", vector),
        topK: checkInteger("topK", topK, { min: 1 }),
        filter: filter === undefined ? undefined : parseFilter(filter),
        includeVectors: checkBoolean("includeVectors", includeVectors),
        exact: checkBoolean("exact", exact),
        effort: effort === undefined ? undefined : checkInteger("effort", effort, { min: 1 }),
      }),
    );
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    this.#checkOpen();
    checkArray("ids", ids, checkId);
    return ids.length === 0 ? [] : this.#run(this.#driver.get(ids));
  }

  async delete(selection: readonly string[] | Filter): Promise<number> {
    this.#checkOpen();
    if (Array.isArray(selection)) {
      checkArray("ids", selection, checkId);
      return selection.length === 0 ? 0 : this.#run(this.#driver.delete([...new Set(selection as string[])]));
    }
    const filter = parseFilter(selection);
    if (constantOf(filter) === true) {
      throw argumentError("filter", "a filter that some records can fail", selection, { hint: "to delete every record, call clear()" });
    }
    return this.#run(this.#driver.delete(filter));
  }

  async clear(): Promise<number> {
    this.#checkOpen();
    const everything: FilterNode = { kind: "all", parts: [] };
    return this.#run(this.#driver.delete(everything));
  }

  async count(filter?: Filter): Promise<number> {
    this.#checkOpen();
    return this.#run(this.#driver.count(filter === undefined ? undefined : parseFilter(filter)));
  }

  async createIndex(options: IndexOptions): Promise<void> {
    this.#checkOpen();
    const { kind, ...sizes } = checkObject("options", options, { hint: 'write createIndex({ kind: "hnsw" })' });
    checkOptions("options", options, indexOptions[checkChoice("kind", kind, ["hnsw", "ivf-pq"])]);
    for (const [name, value] of Object.entries(sizes)) {
      if (value === undefined) continue;
      if (name === "m") checkInteger(name, value, { min: 2, max: maxM, hint: "16 is usual; more finds more and takes more memory" });
      else checkInteger(name, value, { min: 1 });
    }
    await this.#run(this.#driver.createIndex(options));
  }

  /** Calls that are under way still finish. */
  async close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#driver.close());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closing) throw new ClosedError(`the ${this.kind} store is closed`, { hint: "open it again with openStore()" });
  }

  async #run<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }

  /** A copy of the vector as float32. */
  #checkVector(argument: string, vector: unknown): Float32Array {
    if (!(vector instanceof Float32Array) && !isArray(vector)) {
      const hint = ArrayBuffer.isView(vector) ? "convert it with Float32Array.from(vector, Number)" : "pass what the encoder returned";
      throw argumentError(argument, "a Float32Array or an array of numbers", vector, { hint });
    }
    if (vector.length !== this.dimension) {
      throw new ArgumentError(`${argument} must have ${this.dimension} numbers, as the store's dimension says, got ${vector.length}`, {
        hint: "use vectors of one encoder, and open the store with its dimension",
        facts: { argument, expected: this.dimension, value: vector.length },
      });
    }
    const copy = vector instanceof Float32Array ? vector.slice() : float32(argument, vector);
    let size = 0; // not finite where a number is not
    for (let index = 0; index < copy.length; index++) size += Math.abs(copy[index]!);
    if (!Number.isFinite(size)) {
      const index = copy.findIndex((value) => !Number.isFinite(value));
      throw argumentError(`${argument}[${index}]`, finiteNumber, vector[index]);
    }
    if (size === 0 && this.metric === "cosine") {
      throw argumentError(argument, "a vector that is not all zeros", vector, {
        hint: 'zeros point nowhere, so they have no cosine: leave the vector out, or open the store with metric "dot"',
      });
    }
    return copy;
  }
}

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function float32(argument: string, numbers: readonly unknown[]): Float32Array {
  const copy = new Float32Array(numbers.length);
  for (let index = 0; index < copy.length; index++) {
    const value = numbers[index];
    if (typeof value !== "number") throw argumentError(`${argument}[${index}]`, finiteNumber, value);
    copy[index] = value;
  }
  return copy;
}

function checkId(argument: string, id: unknown): string {
  if (typeof id === "string" && id !== "" && isWellFormed(id)) return id;
  throw argumentError(argument, "well-formed text that is not empty", id, {
    hint: typeof id === "number" ? `write "${id}"` : "pass the id as a string",
  });
}

function checkRecord(argument: string, record: unknown): { id: string; vector: unknown; metadata: Metadata } {
  const { id, vector, metadata, ...others } = checkObject(argument, record, { hint: "a record is { id, vector, metadata }" });
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const meant = nearest(unknown, recordFields);
    throw new ArgumentError(`${argument} has an unknown field "${unknown}"`, {
      hint: meant === undefined ? `put it into metadata: a record has ${recordFields.join(", ")}` : `did you mean "${meant}"?`,
      facts: { argument, expected: recordFields, value: unknown },
    });
  }
  return { id: checkId(`${argument}.id`, id), vector, metadata: checkMetadata(`${argument}.metadata`, metadata) };
}

/** The fields that have a value: undefined counts as left out, as it does in JSON. */
function checkMetadata(argument: string, metadata: unknown): Metadata {
  if (metadata === undefined) return {};
  checkObject(argument, metadata, { hint: "write { field: value }" });
  const fields = Object.entries(metadata as object).filter(([, value]) => value !== undefined);
  for (const [field] of fields) {
    if (field !== "" && !field.startsWith("$") && isWellFormed(field)) continue;
    throw argumentError(`a field name of ${argument}`, "well-formed text that does not begin with $", field, {
      hint: "$ begins an operator of filters: rename the field",
    });
  }
  return Object.fromEntries(fields.map(([field, value]) => [field, checkScalar(`${argument}.${field}`, value)]));
}
