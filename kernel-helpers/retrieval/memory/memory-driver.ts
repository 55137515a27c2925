/**
 * The store in memory: exact search by SIMD dot products, or HNSW. Rows are never moved: a deleted or replaced one is passed over, until
 * more than half are, when all are packed anew.
 */
import { setImmediate } from "node:timers/promises";
import { ArgumentError } from "../../errors.ts";
import type { CheckedQuery, StoreDriver } from "../driver.ts";
import { compileFilter, type FilterNode, type Metadata } from "../filter.ts";
import type { IndexOptions, Match, Metric, StoredRecord } from "../store.ts";
import { TopK, type Neighbour } from "./heap.ts";
import { Hnsw, type HnswOptions } from "./hnsw.ts";
import { blockRows, Rows } from "./rows.ts";

interface Entry {
  id: string;
  metadata: Metadata;
}

const defaultEffort = 64;

export class MemoryDriver implements StoreDriver {
  readonly kind = "memory";
  readonly dimension: number;
  readonly metric: Metric;
  #rows: Rows;
  /** By slot; undefined where the row was deleted or replaced. */
  #entries: (Entry | undefined)[] = [];
  #slotOf = new Map<string, number>();
  #index: { hnsw: Hnsw; options: HnswOptions } | undefined;

  constructor(dimension: number, metric: Metric) {
    this.dimension = dimension;
    this.metric = metric;
    this.#rows = new Rows(dimension, metric);
  }

  async upsert(records: readonly StoredRecord[]): Promise<void> {
    for (const record of records) {
      this.#forget(record.id);
      this.#append(record);
    }
    await this.#pack();
  }

  async query({ vector, topK, filter, includeVectors, exact, effort = defaultEffort }: CheckedQuery): Promise<Match[]> {
    this.#rows.setQuery(vector);
    const wanted = Math.min(topK, this.#slotOf.size);
    const candidates = filter && this.#matching(filter);
    const neighbours =
      (exact ? undefined : this.#throughIndex(wanted, Math.max(effort, wanted), candidates)) ?? this.#throughAll(wanted, candidates);
    const matches = neighbours.map((neighbour) => {
      const { id, metadata } = this.#entries[neighbour.slot]!;
      const found = { id, score: this.#rows.score(neighbour), metadata: { ...metadata } };
      return includeVectors ? { ...found, vector: this.#rows.vector(neighbour.slot) } : found;
    });
    return matches.sort((one, other) => other.score - one.score);
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    return ids.flatMap((id) => {
      const slot = this.#slotOf.get(id);
      return slot === undefined ? [] : [{ id, vector: this.#rows.vector(slot), metadata: { ...this.#entries[slot]!.metadata } }];
    });
  }

  async delete(what: readonly string[] | FilterNode): Promise<number> {
    const ids = "kind" in what ? this.#matching(what).map((slot) => this.#entries[slot]!.id) : what;
    let deleted = 0;
    for (const id of ids) if (this.#forget(id)) deleted += 1;
    await this.#pack();
    return deleted;
  }

  async count(filter?: FilterNode): Promise<number> {
    return filter ? this.#matching(filter).length : this.#slotOf.size;
  }

  async createIndex(options: IndexOptions): Promise<void> {
    if (options.kind !== "hnsw") {
      throw new ArgumentError(`the store in memory has no index "${options.kind}"`, { hint: 'use { kind: "hnsw" }, or LanceDB' });
    }
    const { m = 16, efConstruction = 100 } = options;
    const rows = this.#rows;
    const hnsw = new Hnsw(rows, { m, efConstruction });
    let pause = performance.now() + 40;
    for (let slot = 0; slot < rows.length; slot++) {
      hnsw.insert(slot);
      if (performance.now() < pause) continue;
      await setImmediate(); // lets an interrupt and other work of the kernel through
      if (rows !== this.#rows) return this.createIndex(options); // packed meanwhile
      pause = performance.now() + 40;
    }
    this.#index = { hnsw, options: { m, efConstruction } };
  }

  async close(): Promise<void> {
    this.#clear();
    this.#index = undefined;
  }

  /** Undefined where there is no index, where comparing the candidates is less work, or where it finds too few. */
  #throughIndex(topK: number, ef: number, candidates: number[] | undefined): Neighbour[] | undefined {
    if (!this.#index || topK === 0) return undefined;
    let accepts = (slot: number): boolean => this.#entries[slot] !== undefined;
    if (candidates) {
      // A share s of matching rows makes HNSW visit about 16·ef / s rows; comparing all that match visits s·n.
      if (candidates.length ** 2 <= 16 * ef * this.#rows.length) return undefined;
      const isCandidate = new Uint8Array(this.#rows.length);
      for (const slot of candidates) isCandidate[slot] = 1;
      accepts = (slot) => isCandidate[slot] === 1;
    }
    const found = this.#index.hnsw.search(topK, ef, accepts);
    return found.length < topK ? undefined : found;
  }

  #throughAll(topK: number, candidates: number[] | undefined): Neighbour[] {
    const best = new TopK(topK);
    if (topK === 0) return [];
    const total = candidates?.length ?? this.#rows.length;
    for (let first = 0; first < total; first += blockRows) {
      const count = Math.min(blockRows, total - first);
      if (candidates) {
        this.#rows.slots.set(candidates.slice(first, first + count));
        this.#rows.gather(count);
      } else {
        this.#rows.scan(first, count);
      }
      const { similarities } = this.#rows;
      for (let index = 0; index < count; index++) {
        if (similarities[index]! <= best.threshold) continue;
        const slot = candidates ? candidates[first + index]! : first + index;
        if (this.#entries[slot]) best.offer(similarities[index]!, slot);
      }
    }
    return best.sorted();
  }

  #matching(filter: FilterNode): number[] {
    const matches = compileFilter(filter);
    const slots: number[] = [];
    for (const [slot, entry] of this.#entries.entries()) if (entry && matches(entry.metadata)) slots.push(slot);
    return slots;
  }

  #append({ id, vector, metadata }: StoredRecord): void {
    const slot = this.#rows.append(vector);
    this.#entries.push({ id, metadata });
    this.#slotOf.set(id, slot);
    this.#index?.hnsw.insert(slot);
  }

  #forget(id: string): boolean {
    const slot = this.#slotOf.get(id);
    if (slot === undefined) return false;
    this.#entries[slot] = undefined;
    return this.#slotOf.delete(id);
  }

  async #pack(): Promise<void> {
    if (this.#rows.length < 1024 || this.#slotOf.size > this.#rows.length / 2) return;
    const alive = await this.get([...this.#slotOf.keys()]);
    const index = this.#index;
    this.#index = undefined;
    this.#clear();
    for (const record of alive) this.#append(record);
    if (index) await this.createIndex({ kind: "hnsw", ...index.options });
  }

  #clear(): void {
    this.#rows = new Rows(this.dimension, this.metric);
    this.#entries = [];
    this.#slotOf = new Map();
  }
}
