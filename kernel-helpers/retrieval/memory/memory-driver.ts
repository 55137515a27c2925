/**
 * The store in memory: exact search by a matrix product, or approximate search by a graph. Rows are never moved: a deleted or replaced one is passed
 * over, until more than half are, when all are packed again.
 */
import { setImmediate } from "node:timers/promises";
import { interruptible } from "../../runtime/interrupt.ts";
import { createRandom } from "../../runtime/random.ts";
import type { CheckedQuery, StoreDriver } from "../driver.ts";
import { compareText, compileFilter, type FilterNode, type Metadata } from "../filter.ts";
import type { Capabilities, IndexOptions, Match, Metric, StoredRecord } from "../store.ts";
import { GraphIndex, type GraphOptions } from "./graph-index.ts";
import { Rows, type PreparedQuery } from "./rows.ts";
import { loadProducts, scan } from "./scan.ts";

interface Entry {
  id: string;
  metadata: Metadata;
}

/** Records and where they are. Packing makes a new one, so a caller that has waited can see that the slots have changed. */
interface Shelf {
  rows: Rows;
  /** By slot; undefined where the row was deleted or replaced. */
  entries: (Entry | undefined)[];
  slotOf: Map<string, number>;
}

interface BuiltIndex {
  graph: GraphIndex;
  options: GraphOptions;
  /** Rows before this slot are in the graph; the others are compared one by one until they are, too. */
  end: number;
  /** Rows that are being added, the next one last, and what `end` will be when none is left. */
  pending: number[];
  next: number;
}

const capabilities: Capabilities = {
  persistent: false,
  indexes: ["flat", "hnsw"],
  exact: "always",
  consistency: "immediate",
  deleteCounts: "exact",
  ordersText: true,
  batch: { records: Infinity, bytes: Infinity, ids: Infinity },
  topK: Infinity,
  idBytes: Infinity,
  metadataBytes: Infinity,
};

const defaultEffort = 64;

/** Milliseconds of building between two looks at what else waits: an interrupt, a query, other cells. */
const slice = 40;

export class MemoryDriver implements StoreDriver {
  readonly kind = "memory";
  readonly capabilities: Capabilities = capabilities;
  readonly dimension: number;
  readonly metric: Metric;
  readonly #multiply: Awaited<ReturnType<typeof loadProducts>>;
  #shelf: Shelf;
  #index: BuiltIndex | undefined;
  /** The extension of the index that is under way. */
  #extending: Promise<void> | undefined;

  private constructor(dimension: number, metric: Metric, multiply: Awaited<ReturnType<typeof loadProducts>>) {
    this.dimension = dimension;
    this.metric = metric;
    this.#multiply = multiply;
    this.#shelf = this.#emptyShelf();
  }

  static async open(dimension: number, metric: Metric): Promise<MemoryDriver> {
    return new MemoryDriver(dimension, metric, await loadProducts());
  }

  async upsert(records: readonly StoredRecord[]): Promise<void> {
    for (const { id, vector, metadata } of records) {
      this.#forget(id);
      const slot = this.#shelf.rows.append(vector);
      this.#shelf.entries.push({ id, metadata });
      this.#shelf.slotOf.set(id, slot);
    }
    await this.#settle();
  }

  async query({ vector, topK, filter, includeVectors, exact, effort = defaultEffort }: CheckedQuery): Promise<Match[]> {
    const { rows, entries, slotOf } = this.#shelf;
    const query = rows.prepare(vector);
    const listed = filter && this.#matching(filter);
    const wanted = Math.min(topK, listed?.length ?? slotOf.size);
    if (wanted === 0) return [];
    const slots =
      (exact ? undefined : this.#throughIndex(query, wanted, Math.max(effort, wanted), listed)) ??
      scan(rows, query, wanted, this.#multiply, (slot) => entries[slot] !== undefined, listed);
    const scored = slots.map((slot) => ({ slot, score: rows.score(slot, query), id: entries[slot]!.id }));
    scored.sort((one, other) => other.score - one.score || compareText(one.id, other.id));
    return scored.slice(0, wanted).map(({ slot, score, id }): Match => {
      const metadata = { ...entries[slot]!.metadata };
      return includeVectors ? { id, score, metadata, vector: rows.row(slot).slice() } : { id, score, metadata };
    });
  }

  async get(ids: readonly string[]): Promise<StoredRecord[]> {
    const { rows, entries, slotOf } = this.#shelf;
    return ids.flatMap((id) => {
      const slot = slotOf.get(id);
      return slot === undefined ? [] : [{ id, vector: rows.row(slot).slice(), metadata: { ...entries[slot]!.metadata } }];
    });
  }

  async delete(selection: readonly string[] | FilterNode): Promise<number> {
    const ids = "kind" in selection ? this.#matching(selection).map((slot) => this.#shelf.entries[slot]!.id) : selection;
    let deleted = 0;
    for (const id of ids) if (this.#forget(id)) deleted += 1;
    await this.#settle();
    return deleted;
  }

  async count(filter?: FilterNode): Promise<number> {
    return filter ? this.#matching(filter).length : this.#shelf.slotOf.size;
  }

  async createIndex(options: IndexOptions): Promise<void> {
    if (options.kind === "hnsw") await this.#build({ m: options.m ?? 16, efConstruction: options.efConstruction ?? 100 });
    else this.#index = undefined;
  }

  async close(): Promise<void> {
    this.#shelf = this.#emptyShelf();
    this.#index = undefined;
  }

  async #build(options: GraphOptions): Promise<void> {
    const shelf = this.#shelf;
    const graph = await GraphIndex.create(shelf.rows, options);
    const index: BuiltIndex = { graph, options, end: 0, pending: [], next: 0 };
    await this.#extend(index, shelf);
    if (shelf === this.#shelf) this.#index = index;
    else await this.#build(options); // packed meanwhile
  }

  /** Adds the rows that the graph lacks, in random order: in the order of a sorted file the graph would fall apart. */
  async #extend(index: BuiltIndex, shelf: Shelf): Promise<void> {
    using interrupt = await interruptible();
    let pause = performance.now() + slice;
    while (index.end < shelf.rows.length) {
      const { end } = index;
      if (index.pending.length === 0) {
        index.next = shelf.rows.length;
        index.pending = createRandom(end).shuffle(Array.from({ length: index.next - end }, (_, at) => end + at));
      }
      for (let slot = index.pending.pop(); slot !== undefined; slot = index.pending.pop()) {
        if (shelf.entries[slot]) index.graph.add(slot);
        if (performance.now() < pause) continue;
        await setImmediate();
        interrupt.signal.throwIfAborted();
        if (shelf !== this.#shelf) return;
        pause = performance.now() + slice;
      }
      index.end = index.next;
    }
  }

  /** After a change: brings the index up to date, or packs what is left. */
  async #settle(): Promise<void> {
    const { rows, slotOf } = this.#shelf;
    if (rows.length >= 1024 && slotOf.size < rows.length / 2) return this.#pack();
    const index = this.#index;
    if (!index || index.end === rows.length) return;
    this.#extending ??= this.#extend(index, this.#shelf).finally(() => (this.#extending = undefined));
    await this.#extending;
    await this.#settle();
  }

  async #pack(): Promise<void> {
    const { rows, entries, slotOf } = this.#shelf;
    const shelf = this.#emptyShelf();
    for (const [id, slot] of slotOf) {
      shelf.slotOf.set(id, shelf.rows.append(rows.row(slot)));
      shelf.entries.push(entries[slot]);
    }
    const options = this.#index?.options;
    this.#shelf = shelf;
    this.#index = undefined;
    if (options) await this.#build(options);
  }

  /** Undefined where there is no index, where comparing all is less work, or where the index finds too few. */
  #throughIndex(query: PreparedQuery, wanted: number, effort: number, listed: readonly number[] | undefined): number[] | undefined {
    if (!this.#index) return undefined;
    const { rows, entries, slotOf } = this.#shelf;
    const { graph, end } = this.#index;
    // Where only a share of the rows counts, so many more nodes have to be visited to find as many that do.
    const nodes = Math.ceil((effort * graph.size) / (listed?.length ?? slotOf.size));
    const cost = costOfGraph(nodes, this.dimension) + costOfRows(rows.length - end, this.dimension);
    if (leastGain * cost > costOfScan(rows, listed?.length)) return undefined;
    const isListed = listed && new Uint8Array(rows.length);
    for (const slot of listed ?? []) isListed![slot] = 1;
    const accepts = (slot: number): boolean => (isListed ? isListed[slot] === 1 : entries[slot] !== undefined);
    const found = graph.search(query, nodes).filter((slot) => slot < end && accepts(slot));
    // Too few where the filter leaves only far ones, or where the tail has most; too many where vectors repeat.
    if (found.length < Math.min(wanted, graph.size) || costOfRows(found.length, this.dimension) > costOfScan(rows, listed?.length))
      return undefined;
    for (let slot = end; slot < rows.length; slot++) if (accepts(slot)) found.push(slot);
    return found;
  }

  #matching(filter: FilterNode): number[] {
    const matches = compileFilter(filter);
    const slots: number[] = [];
    for (const [slot, entry] of this.#shelf.entries.entries()) if (entry && matches(entry.metadata)) slots.push(slot);
    return slots;
  }

  #forget(id: string): boolean {
    const { entries, slotOf } = this.#shelf;
    const slot = slotOf.get(id);
    if (slot === undefined) return false;
    entries[slot] = undefined;
    return slotOf.delete(id);
  }

  #emptyShelf(): Shelf {
    return { rows: new Rows(this.dimension, this.metric), entries: [], slotOf: new Map() };
  }
}

// Nanoseconds, as measured with 24 to 768 numbers a vector; what counts is which is less.

/** An index may miss what a scan finds, so it is used only where it should be so many times as fast. */
const leastGain = 2;

/** A visit of a node, of which there are about 16 for each that is found. */
const costOfGraph = (nodes: number, dimension: number): number => 5000 + 16 * nodes * (50 + dimension / 6);

/** Rows scored one at a time in double precision. */
const costOfRows = (count: number, dimension: number): number => count * (20 + dimension / 2);

/** A matrix product over all rows, or listed rows one at a time. */
const costOfScan = ({ length, dimension }: Rows, listed = length): number =>
  Math.min(30_000 + length * (3 + dimension / 10), costOfRows(listed, dimension));
