/** A decoder with the ids in its cache, which one generation at a time uses. */
import { ArgumentError, ClosedError } from "../../errors.ts";
import { promptChunk, type Decoder, type ReadOptions } from "../decoder/decoder.ts";
import type { PrefixCache } from "../decoder/prefix-cache.ts";
import type { DrawSettings } from "../sampler.ts";

export class Context implements AsyncDisposable {
  readonly name: string;
  readonly decoder: Decoder;
  /** What the cache holds. */
  #ids: number[] = [];
  /** How much of it was read as a prompt in whole chunks, and so is what a model without a cache would have. */
  #reusable = 0;
  #isBusy = false;
  #isClosed = false;

  constructor(name: string, decoder: Decoder) {
    this.name = name;
    this.decoder = decoder;
  }

  /** Tokens in the cache. */
  get length(): number {
    return this.#ids.length;
  }

  /** Refuses a second user until the first one disposes of its claim. */
  claim(): Disposable {
    if (this.#isClosed) throw new ClosedError(`${this.name} is closed`, { hint: "load it again, or close it later" });
    if (this.#isBusy)
      throw new ArgumentError(`${this.name} is generating already`, {
        hint: "await the end of the other generation, or load the model twice",
      });
    this.#isBusy = true;
    return { [Symbol.dispose]: () => void (this.#isBusy = false) };
  }

  /** Reads a prompt as if the cache were empty, which spares its beginning where that was the last prompt's. */
  async readPrompt(ids: readonly number[], signal: AbortSignal): Promise<{ logits: Float32Array; cachedTokens: number }> {
    const cachedTokens = await this.beginPrompt(ids);
    let logits: Float32Array | undefined;
    while (!logits) logits = await this.readPiece(ids, { signal });
    return { logits, cachedTokens };
  }

  /**
   * Begins a prompt as if the cache were empty, and returns how many of its tokens need not be read: those that the last prompt began with, or that are
   * kept of earlier ones.
   */
  async beginPrompt(ids: readonly number[], prefixes?: PrefixCache): Promise<number> {
    const most = ids.length - 1; // the last one is read again, for its logits are needed
    const same = this.#commonWith(ids, Math.min(this.#reusable, most));
    const own = same - (same % promptChunk);
    const kept = prefixes?.match(ids.slice(0, most)) ?? 0;
    if (prefixes && kept > own) {
      await prefixes.restore(ids.slice(0, kept));
      this.#ids = ids.slice(0, kept);
    } else this.#truncate(own);
    return (this.#reusable = Math.max(own, kept));
  }

  /**
   * Reads one more piece of a prompt that was begun, and keeps it, where it is a whole one.
   *
   * @returns The logits after the last of the ids; undefined as long as it has not been read.
   */
  async readPiece(
    ids: readonly number[],
    { prefixes, signal }: { prefixes?: PrefixCache; signal?: AbortSignal } = {},
  ): Promise<Float32Array | undefined> {
    const start = this.length;
    const logits = await this.read(ids.slice(start, start + promptChunk), { ...(signal && { signal }) });
    if (this.length % promptChunk === 0) {
      this.#reusable = this.length;
      await prefixes?.keep(this.#ids);
    }
    return this.length === ids.length ? logits : undefined;
  }

  /** Reads ids after those in the cache; see Decoder.read. */
  async read(ids: readonly number[], options: ReadOptions): Promise<Float32Array> {
    const before = this.#ids.length;
    try {
      return await this.decoder.read(ids, options);
    } finally {
      this.#ids.push(...ids.slice(0, this.decoder.length - before)); // a signal may have ended it after some
    }
  }

  /** Reads an id after those in the cache and draws those that follow it; see Decoder.draw. */
  async draw(id: number, { points, ...settings }: DrawSettings & { points: readonly number[] }): Promise<number[]> {
    const ids = await this.decoder.draw(id, points, settings);
    this.#ids.push(id, ...ids.slice(0, -1));
    return ids;
  }

  /** Forgets what the ids do not begin with, and returns how many of them are left in the cache, `most` at most. */
  rewindTo(ids: readonly number[], most: number = ids.length): number {
    const same = this.#commonWith(ids, most);
    this.#truncate(same);
    return same;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.decoder.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #commonWith(ids: readonly number[], most: number): number {
    let same = 0;
    while (same < most && same < this.#ids.length && this.#ids[same] === ids[same]) same++;
    return same;
  }

  #truncate(length: number): void {
    this.decoder.truncate(length);
    this.#ids.length = length;
    this.#reusable = Math.min(this.#reusable, length - (length % promptChunk));
  }
}
