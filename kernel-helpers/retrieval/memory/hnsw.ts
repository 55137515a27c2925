/**
 * Hierarchical navigable small worlds — Malkov and Yashunin 2018 (arXiv:1603.09320). Every row is a node linked to near ones; a few nodes
 * also live on sparser levels above, which a search descends greedily like express lanes. Deleted rows stay as stepping stones and are
 * kept out of the answers by `accepts`.
 */
import { createRandom, type Random } from "../../runtime/random.ts";
import { Heap, TopK, type Neighbour } from "./heap.ts";
import type { Rows } from "./rows.ts";

export interface HnswOptions {
  /** M of the paper: links of a node on the upper levels, half of those on the lowest. */
  m: number;
  efConstruction: number;
}

/** Instead of a row: similarities to the query that Rows holds. */
const theQuery = -1;

export class Hnsw {
  readonly #rows: Rows;
  readonly #m: number;
  readonly #efConstruction: number;
  readonly #random: Random = createRandom(42);
  /** Links of slot s on the lowest level: their count, then slots, from s × (1 + 2m). */
  #ground: Int32Array = new Int32Array(0);
  /** Links on the levels above, by slot, for the few that have any. */
  readonly #above = new Map<number, Int32Array[]>();
  #entry = -1;
  #entryLevel = 0;
  #visited: Uint32Array = new Uint32Array(0);
  #visit = 0;
  readonly #open = new Heap(256);

  constructor(rows: Rows, { m, efConstruction }: HnswOptions) {
    this.#rows = rows;
    this.#m = m;
    this.#efConstruction = Math.max(efConstruction, m);
  }

  /** Links a row in. Rows are inserted in the order of their slots. */
  insert(slot: number): void {
    this.#reserve(slot);
    const level = Math.floor(-Math.log(1 - this.#random.next()) / Math.log(this.#m));
    if (level > 0)
      this.#above.set(
        slot,
        Array.from({ length: level }, () => new Int32Array(1 + this.#m)),
      );
    if (this.#entry < 0) {
      this.#entry = slot;
      this.#entryLevel = level;
      return;
    }
    let entries = this.#descend(slot, level);
    for (let at = Math.min(level, this.#entryLevel); at >= 0; at--) {
      const near = this.#searchLevel(slot, entries, this.#efConstruction, at).sorted();
      const chosen = this.#diverse(near, this.#m);
      this.#setLinks(slot, at, chosen);
      for (const neighbour of chosen) this.#linkBack(neighbour, slot, at);
      entries = near;
    }
    if (level > this.#entryLevel) {
      this.#entry = slot;
      this.#entryLevel = level;
    }
  }

  /** The rows most similar to the query that Rows holds, as far as `ef` candidates lead to them. */
  search(topK: number, ef: number, accepts: (slot: number) => boolean): Neighbour[] {
    if (this.#entry < 0) return [];
    return this.#searchLevel(theQuery, this.#descend(theQuery, 0), Math.max(ef, topK), 0, accepts).sorted().slice(0, topK);
  }

  /** Greedily from the entry point to the nearest node of the level above `level`. */
  #descend(source: number, level: number): Neighbour[] {
    this.#rows.slots[0] = this.#entry;
    this.#compare(source, 1);
    let nearest = [{ slot: this.#entry, similarity: this.#rows.similarities[0]! }];
    for (let at = this.#entryLevel; at > level; at--) nearest = this.#searchLevel(source, nearest, 1, at).sorted();
    return nearest;
  }

  /** Algorithm 2 of the paper: always expands the nearest open candidate, until it is farther than the worst of `ef` results. */
  #searchLevel(source: number, entries: readonly Neighbour[], ef: number, level: number, accepts?: (slot: number) => boolean): TopK {
    const results = new TopK(ef);
    const visit = ++this.#visit;
    this.#open.clear();
    for (const { slot, similarity } of entries) {
      this.#visited[slot] = visit;
      this.#open.push(-similarity, slot);
      if (!accepts || accepts(slot)) results.offer(similarity, slot);
    }
    while (this.#open.length > 0 && -this.#open.topKey >= results.threshold) {
      const count = this.#unvisitedLinks(this.#open.pop(), level, visit);
      this.#compare(source, count);
      const { slots, similarities } = this.#rows;
      for (let index = 0; index < count; index++) {
        const similarity = similarities[index]!;
        if (similarity <= results.threshold) continue;
        const slot = slots[index]!;
        this.#open.push(-similarity, slot);
        if (!accepts || accepts(slot)) results.offer(similarity, slot);
      }
    }
    return results;
  }

  /** Writes the links of a node that this search has not met to rows.slots and gives their count. */
  #unvisitedLinks(node: number, level: number, visit: number): number {
    const links = this.#links(node, level);
    const { slots } = this.#rows;
    let count = 0;
    for (let index = 1; index <= links[0]!; index++) {
      const slot = links[index]!;
      if (this.#visited[slot] === visit) continue;
      this.#visited[slot] = visit;
      slots[count++] = slot;
    }
    return count;
  }

  /** Algorithm 4: nearest first, leaving out who is nearer to one already chosen, so that links point in different directions. */
  #diverse(near: readonly Neighbour[], limit: number): number[] {
    const chosen: number[] = [];
    for (const { slot, similarity } of near) {
      if (chosen.length === limit) break;
      this.#rows.slots.set(chosen);
      this.#rows.gatherFromRow(slot, chosen.length);
      const { similarities } = this.#rows;
      let isDiverse = true;
      for (let index = 0; index < chosen.length && isDiverse; index++) isDiverse = similarities[index]! <= similarity;
      if (isDiverse) chosen.push(slot);
    }
    return chosen;
  }

  /** Adds a link from `node`; where it has no room, the most useful of its links stay. */
  #linkBack(node: number, slot: number, level: number): void {
    const links = this.#links(node, level);
    const count = links[0]!;
    if (count < links.length - 1) {
      links[count + 1] = slot;
      links[0] = count + 1;
      return;
    }
    const candidates = [...links.subarray(1), slot];
    this.#rows.slots.set(candidates);
    this.#rows.gatherFromRow(node, candidates.length);
    const near = candidates.map((candidate, index) => ({ slot: candidate, similarity: this.#rows.similarities[index]! }));
    near.sort((one, other) => other.similarity - one.similarity);
    this.#setLinks(node, level, this.#diverse(near, count));
  }

  #setLinks(slot: number, level: number, chosen: readonly number[]): void {
    const links = this.#links(slot, level);
    links[0] = chosen.length;
    links.set(chosen, 1);
  }

  #links(slot: number, level: number): Int32Array {
    if (level > 0) return this.#above.get(slot)![level - 1]!;
    const width = 1 + 2 * this.#m;
    return this.#ground.subarray(slot * width, (slot + 1) * width);
  }

  #compare(source: number, count: number): void {
    if (source === theQuery) this.#rows.gather(count);
    else this.#rows.gatherFromRow(source, count);
  }

  #reserve(slot: number): void {
    if (slot < this.#visited.length) return;
    const capacity = Math.max(1024, this.#rows.length, 2 * slot);
    const ground = new Int32Array(capacity * (1 + 2 * this.#m));
    ground.set(this.#ground);
    this.#ground = ground;
    this.#visited = new Uint32Array(capacity);
    this.#visit = 0;
  }
}
