/** A decoder with the ids in its cache, which one generation at a time uses. */
import { ArgumentError, ClosedError } from "../../errors.ts";
import { promptChunk, type Decoder, type ReadOptions } from "../decoder/decoder.ts";

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
    const most = Math.min(this.#reusable, ids.length - 1); // the last one is read again, for its logits are needed
    const same = this.#commonWith(ids, most);
    const cachedTokens = same - (same % promptChunk);
    this.#reusable = cachedTokens;
    this.#truncate(cachedTokens);
    const logits = await this.read(ids.slice(cachedTokens), { signal });
    this.#reusable = ids.length - (ids.length % promptChunk);
    return { logits, cachedTokens };
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
