/**
 * Beginnings of prompts that have been read, as a tree of blocks of tokens: what two prompts have in common is kept once (as in vLLM; Kwon et al. 2023,
 * arXiv:2309.06180). A block is found by its tokens and by all before it, for keys and values depend on both.
 */
import type { EngineLink } from "./engine-link.ts";

interface Block {
  number: number;
  key: string;
  parent: Block | undefined;
  children: number;
  usedAt: number;
}

export class PrefixCache {
  readonly #link: EngineLink;
  readonly #most: number;
  readonly #size: number;
  readonly #onRestore: (length: number) => void;
  readonly #blocks = new Map<string, Block>();
  #lastNumber = 0;
  #clock = 0;

  /**
   * @param most Blocks that are kept.
   * @param size Tokens of a block.
   * @param onRestore Told how many tokens the decoder's cache holds afterwards.
   */
  constructor(link: EngineLink, most: number, size: number, onRestore: (length: number) => void) {
    this.#link = link;
    this.#most = most;
    this.#size = size;
    this.#onRestore = onRestore;
  }

  /** Tokens that are kept. */
  get tokens(): number {
    return this.#blocks.size * this.#size;
  }

  /** How many of the first ids are kept, in whole blocks. */
  match(ids: readonly number[]): number {
    return this.#find(ids).length * this.#size;
  }

  /** Puts the beginning of these ids into the decoder's cache, and returns how many there are. */
  async restore(ids: readonly number[]): Promise<number> {
    const found = this.#find(ids);
    const length = found.length * this.#size;
    for (const block of found) block.usedAt = ++this.#clock;
    await this.#link.runPrefix({ kind: "restore", blocks: found.map(({ number }) => number), length: this.#size });
    this.#onRestore(length);
    return length;
  }

  /** Keeps the last block of the ids, which the decoder's cache holds in whole blocks; those before it should be kept already. */
  async keep(ids: readonly number[]): Promise<void> {
    const parents = this.#find(ids.slice(0, -this.#size));
    if (this.#most === 0 || parents.length * this.#size !== ids.length - this.#size) return; // one before it has gone
    const parent = parents.at(-1);
    const key = this.#keyOf(parent, ids, ids.length - this.#size);
    for (const block of parents) block.usedAt = ++this.#clock;
    if (this.#blocks.has(key)) return;
    if (this.#blocks.size >= this.#most && !(await this.#dropOldest(parent))) return;
    const block = { number: ++this.#lastNumber, key, parent, children: 0, usedAt: ++this.#clock };
    await this.#link.runPrefix({ kind: "keep", block: block.number, start: ids.length - this.#size, length: this.#size });
    if (parent) parent.children++;
    this.#blocks.set(key, block);
  }

  /** Only blocks that nothing follows can go. */
  async #dropOldest(but: Block | undefined): Promise<boolean> {
    let oldest: Block | undefined;
    for (const block of this.#blocks.values()) {
      if (block.children === 0 && block !== but && (!oldest || block.usedAt < oldest.usedAt)) oldest = block;
    }
    if (!oldest) return false;
    if (oldest.parent) oldest.parent.children--;
    this.#blocks.delete(oldest.key);
    await this.#link.runPrefix({ kind: "drop", block: oldest.number });
    return true;
  }

  #find(ids: readonly number[]): Block[] {
    const found: Block[] = [];
    for (let start = 0; start + this.#size <= ids.length; start += this.#size) {
      const block = this.#blocks.get(this.#keyOf(found.at(-1), ids, start));
      if (!block) break;
      found.push(block);
    }
    return found;
  }

  #keyOf(parent: Block | undefined, ids: readonly number[], start: number): string {
    return `${parent?.number ?? 0}:${ids.slice(start, start + this.#size).join()}`;
  }
}
