/**
 * A driver made a VectorStore: arguments are checked here, once for all drivers, so that all accept and refuse the same, and batches are cut into
 * requests that the engine takes. How requests are made is in calls.ts.
 */
import { ArgumentError, ClosedError } from "../errors.ts";
import {
  argumentError,
  checkArray,
  checkBoolean,
  checkChoice,
  checkInteger,
  checkObject,
  checkOptions,
  checkSignal,
  nearest,
} from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { createProgress } from "../runtime/progress.ts";
import { Calls, Turns, type Attempt } from "./calls.ts";
import type { StoreDriver } from "./driver.ts";
import { checkScalar, constantOf, isWellFormed, parseFilter, someNode, type Filter, type FilterNode, type Metadata } from "./filter.ts";
import type { CallOptions, Capabilities, IndexOptions, Match, Metric, Query, StoredRecord, VectorRecord, VectorStore } from "./store.ts";

const recordFields = ["id", "vector", "metadata"];
const queryOptions = ["vector", "topK", "filter", "includeVectors", "exact", "effort"];
const indexOptions = { flat: ["kind"], hnsw: ["kind", "m", "efConstruction"], "ivf-pq": ["kind", "partitions", "subVectors"] };

const finiteNumber = "a number that is finite as float32";

/** The most neighbours of a node that HNSW is built with. */
const maxM = 100;

export class GuardedStore implements VectorStore {
  readonly kind: string;
  readonly dimension: number;
  readonly metric: Metric;
  readonly capabilities: Capabilities;
  readonly #driver: StoreDriver;
  readonly #calls: Calls;
  #closing: Promise<void> | undefined;

  constructor(driver: StoreDriver) {
    this.#driver = driver;
    ({ kind: this.kind, dimension: this.dimension, metric: this.metric, capabilities: this.capabilities } = driver);
    this.#calls = new Calls({
      turns: driver.place === undefined ? undefined : Turns.of(driver.place),
      timeout: driver.timeout,
      isTransient: (error) => driver.isTransient?.(error) ?? false,
      store: `the ${driver.kind} store`,
    });
  }

  async upsert(records: readonly VectorRecord[], options?: CallOptions): Promise<void> {
    const signal = this.#checkCall(options);
    const places = new Map<string, string>();
    const checked: StoredRecord[] = [];
    checkArray("records", records, (place, record) => {
      const { id, vector, metadata } = checkRecord(place, record, this.capabilities);
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
    const batches = this.#batches(checked);
    if (batches.length === 1) await this.#calls.write((attempt) => attempt((sent) => this.#driver.upsert(batches[0]!, sent)), signal);
    if (batches.length > 1) await this.#upsertAll(batches, checked.length, signal);
  }

  async query(query: Query, options?: CallOptions): Promise<Match[]> {
    const signal = this.#checkCall(options);
    checkObject("query", query, { hint: "write query({ vector })" });
    checkOptions("query", query, queryOptions);
    const { vector, topK = 10, filter, includeVectors = false, exact = false, effort } = query;
    const mostMatches = this.capabilities.topK;
    const checked = {
      vector: this.#checkVector("vector", vector),
      topK: checkInteger("topK", topK, { min: 1, ...(mostMatches < Infinity && { max: mostMatches }) }),
      filter: filter === undefined ? undefined : this.#checkFilter(filter),
      includeVectors: checkBoolean("includeVectors", includeVectors),
      exact: checkBoolean("exact", exact),
      effort: effort === undefined ? undefined : checkInteger("effort", effort, { min: 1 }),
    };
    if (exact && this.capabilities.exact === "never") {
      throw new ArgumentError(`the ${this.kind} store has no exact search`, { hint: "its engine always estimates: leave exact out" });
    }
    return this.#calls.read((attempt) => attempt((sent) => this.#driver.query(checked, sent)), signal);
  }

  async get(ids: readonly string[], options?: CallOptions): Promise<StoredRecord[]> {
    const signal = this.#checkCall(options);
    checkArray("ids", ids, checkId);
    if (ids.length === 0) return [];
    const requests = this.#chunks([...new Set(ids)]);
    const found = new Map<string, StoredRecord>();
    await this.#calls.read(async (attempt) => {
      for (const chunk of requests) {
        for (const record of await attempt((sent) => this.#driver.get(chunk, sent))) found.set(record.id, record);
      }
    }, signal);
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async delete(selection: readonly string[] | Filter, options?: CallOptions): Promise<number> {
    const signal = this.#checkCall(options);
    if (Array.isArray(selection)) {
      checkArray("ids", selection, checkId);
      const requests = this.#chunks([...new Set(selection as string[])]);
      return selection.length === 0 ? 0 : this.#calls.write((attempt) => this.#deleteIds(requests, attempt), signal);
    }
    const filter = this.#checkFilter(selection);
    if (constantOf(filter) === true) {
      throw argumentError("filter", "a filter that some records can fail", selection, { hint: "to delete every record, call clear()" });
    }
    return this.#calls.write((attempt) => attempt((sent) => this.#driver.delete(filter, sent), "long"), signal);
  }

  async clear(options?: CallOptions): Promise<number> {
    const signal = this.#checkCall(options);
    const everything: FilterNode = { kind: "all", parts: [] };
    return this.#calls.write((attempt) => attempt((sent) => this.#driver.delete(everything, sent), "long"), signal);
  }

  async count(filter?: Filter, options?: CallOptions): Promise<number> {
    const signal = this.#checkCall(options);
    const checked = filter === undefined ? undefined : this.#checkFilter(filter);
    return this.#calls.read(
      (attempt) => attempt((sent) => this.#driver.count(checked, sent), this.#driver.listsToCount === true ? "long" : "timed"),
      signal,
    );
  }

  async createIndex(index: IndexOptions, options?: CallOptions): Promise<void> {
    const signal = this.#checkCall(options);
    const { kind, ...sizes } = checkObject("options", index, { hint: 'write createIndex({ kind: "hnsw" })' });
    const known = checkChoice("kind", kind, ["flat", "hnsw", "ivf-pq"]);
    checkOptions("options", index, indexOptions[known]);
    for (const [name, value] of Object.entries(sizes)) {
      if (value === undefined) continue;
      if (name === "m") checkInteger(name, value, { min: 2, max: maxM, hint: "16 is usual; more finds more and takes more memory" });
      else checkInteger(name, value, { min: 1 });
    }
    const { indexes } = this.capabilities;
    if (!indexes.includes(known)) {
      throw new ArgumentError(`the ${this.kind} store has no index "${known}"`, {
        hint: indexes.length === 0 ? "its engine builds one by itself" : `it has ${indexes.map((name) => `"${name}"`).join(", ")}`,
        facts: { argument: "kind", expected: indexes, value: known },
      });
    }
    await this.#calls.write((attempt) => attempt((sent) => this.#driver.createIndex(index, sent), "long"), signal);
  }

  /** Calls that are under way still finish. */
  async close(): Promise<void> {
    this.#closing ??= this.#calls.idle().then(() => this.#driver.close());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** That the store is open and the options of a call are right; returns its signal. */
  #checkCall(options: CallOptions | undefined): AbortSignal | undefined {
    if (this.#closing) throw new ClosedError(`the ${this.kind} store is closed`, { hint: "open it again with openStore()" });
    if (options === undefined) return undefined;
    checkOptions("options", checkObject("options", options, { hint: "write { signal }" }), ["signal"]);
    if (options.signal !== undefined) checkSignal("signal", options.signal);
    return options.signal;
  }

  #checkFilter(filter: unknown): FilterNode {
    const parsed = parseFilter(filter);
    if (!this.capabilities.ordersText && someNode(parsed, (node) => node.kind === "order" && typeof node.value === "string")) {
      throw new ArgumentError(`the ${this.kind} store does not order text`, {
        hint: "use $eq, $in or $exists for text, or store what is to be ordered as a number",
        facts: { argument: "filter", value: filter },
      });
    }
    return parsed;
  }

  async #upsertAll(batches: readonly StoredRecord[][], total: number, signal: AbortSignal | undefined): Promise<void> {
    const progress = createProgress({ label: `to the ${this.kind} store`, total, unit: "records" });
    const work = async (attempt: Attempt): Promise<void> => {
      using interrupt = await interruptible(signal);
      let done = 0;
      for (const batch of batches) {
        interrupt.signal.throwIfAborted();
        await attempt((sent) => this.#driver.upsert(batch, sent));
        progress.update((done += batch.length));
      }
    };
    try {
      await this.#calls.write(work, signal);
    } finally {
      progress.close();
    }
  }

  async #deleteIds(requests: readonly string[][], attempt: Attempt): Promise<number> {
    let deleted = 0;
    for (const chunk of requests) deleted += await attempt((sent) => this.#driver.delete(chunk, sent));
    return deleted;
  }

  /** Records in as few requests as hold them. */
  #batches(records: readonly StoredRecord[]): StoredRecord[][] {
    const { batch } = this.capabilities;
    const batches: StoredRecord[][] = [];
    let bytes = 0;
    for (const record of records) {
      const size = this.#driver.bytesOf?.(record) ?? 0;
      const last = batches.at(-1);
      if (last && last.length < batch.records && bytes + size <= batch.bytes) {
        last.push(record);
        bytes += size;
      } else {
        batches.push([record]);
        bytes = size;
      }
    }
    return batches;
  }

  #chunks(ids: readonly string[]): string[][] {
    const size = Math.min(this.capabilities.batch.ids, ids.length || 1);
    return Array.from({ length: Math.ceil(ids.length / size) }, (_, chunk) => ids.slice(chunk * size, (chunk + 1) * size));
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

function checkRecord(
  argument: string,
  record: unknown,
  { idBytes, metadataBytes }: Capabilities,
): { id: string; vector: unknown; metadata: Metadata } {
  const { id, vector, metadata, ...others } = checkObject(argument, record, { hint: "a record is { id, vector, metadata }" });
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const meant = nearest(unknown, recordFields);
    throw new ArgumentError(`${argument} has an unknown field "${unknown}"`, {
      hint: meant === undefined ? `put it into metadata: a record has ${recordFields.join(", ")}` : `did you mean "${meant}"?`,
      facts: { argument, expected: recordFields, value: unknown },
    });
  }
  const checked = { id: checkId(`${argument}.id`, id), vector, metadata: checkMetadata(`${argument}.metadata`, metadata) };
  if (idBytes < Infinity) checkBytes(`${argument}.id`, checked.id, idBytes);
  if (metadataBytes < Infinity) checkBytes(`${argument}.metadata as JSON`, JSON.stringify(checked.metadata), metadataBytes);
  return checked;
}

function checkBytes(argument: string, text: string, max: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= max) return;
  throw new ArgumentError(`${argument} must have at most ${max} bytes, got ${bytes}`, {
    hint: "keep long texts elsewhere, under the record's id",
    facts: { argument, max, value: bytes },
  });
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
