/** A decoder of the Llama family, ready to run: its graph, its embeddings and its key-value cache. */
import { setImmediate } from "node:timers/promises";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkIndices,
  checkInteger,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import { ArgumentError, ClosedError } from "../../errors.ts";
import { createSession, value, type OnnxValue, type Session } from "../../onnx/index.ts";
import type { DecoderConfig } from "./config.ts";
import { buildDecoderGraph } from "./graph.ts";
import { openWeights, type DecoderWeights } from "./weights.ts";

export interface LoadDecoderOptions {
  /** `file`: the numbers as the file holds them, quantised ones multiplied as integers; `fp32`: all of them as float32. @default "file" */
  dtype?: "file" | "fp32";
  threads?: number;
}

export interface ReadOptions {
  /** Whether to return the logits after each of the ids. @default false: after the last one */
  every?: boolean;
  /** Ends the reading after at most 64 tokens; those that were read stay in the cache. */
  signal?: AbortSignal;
}

/** Tokens that the cache has room for at first; it doubles when it is full. */
const firstCapacity = 512;
/**
 * Tokens that are read in one run, up to the next multiple of this. Quantised products round a little differently with another number of rows; so
 * what is read the same way from the beginning has the same logits, whatever was read before.
 */
export const promptChunk = 64;

/** Predicts what follows ids that it has seen; give it back with close(). */
export class Decoder implements AsyncDisposable {
  readonly config: DecoderConfig;
  readonly #weights: DecoderWeights;
  readonly #session: Session;
  /** "key.0", "value.0", … */
  #cache: Record<string, OnnxValue> = {};
  #capacity = 0;
  #length = 0;
  #isReading = false;
  #isClosed = false;

  private constructor(weights: DecoderWeights, session: Session) {
    this.#weights = weights;
    this.config = weights.config;
    this.#session = session;
    this.#grow(Math.min(firstCapacity, this.config.contextLength));
  }

  /**
   * @param place A .gguf file, or a folder with config.json and model.safetensors.
   * @throws {UnavailableError} There is no such file, or its architecture cannot be run.
   * @throws {FormatError} The file is cut short or not a model.
   */
  static async load(place: string, options: LoadDecoderOptions = {}): Promise<Decoder> {
    checkText("place", place, {
      allowEmpty: false,
      hint: "pass the path of a .gguf file, or of a folder with config.json and model.safetensors",
    });
    checkOptions("options", options, ["dtype", "threads"]);
    const { dtype = "file", threads } = options;
    checkChoice("dtype", dtype, ["file", "fp32"]);
    if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
    const weights = await openWeights(place);
    try {
      const { model, weights: data } = await buildDecoderGraph(weights, { dtype });
      const session = await createSession(model, {
        externalData: data,
        memoryPattern: false,
        ...(threads === undefined ? {} : { threads }),
      });
      return new Decoder(weights, session);
    } catch (error) {
      await weights.close();
      throw error;
    }
  }

  /** Tokens in the cache: what the next ones follow. */
  get length(): number {
    return this.#length;
  }

  /** Forgets all but the first tokens, so that others can follow them. */
  truncate(length: number): void {
    this.#requireFree();
    this.#length = checkInteger("length", length, { min: 0, max: this.#length });
  }

  /**
   * Reads ids after those in the cache.
   *
   * @returns The logits of the id that follows the last one, (V), or with `every` those that follow each of them, (T, V).
   * @throws {OutOfRangeError} An id that the vocabulary lacks.
   * @throws {ArgumentError} No ids, more than the model has room for, or a call before the last one has ended.
   * @throws {ClosedError} After close().
   */
  async read(ids: ArrayLike<number>, options: ReadOptions = {}): Promise<Float32Array> {
    const { contextLength, vocabSize } = this.config;
    checkIndices("ids", ids, vocabSize, {
      hint: typeof ids === "string" ? "encode it with the model's tokenizer" : `pass ids from 0 to ${vocabSize - 1}`,
    });
    checkOptions("options", options, ["every", "signal"]);
    checkSignal("signal", options.signal);
    const every = checkBoolean("every", options.every ?? false);
    this.#requireFree();
    if (ids.length === 0) throw argumentError("ids", "at least one token", []);
    if (this.#length + ids.length > contextLength) {
      throw argumentError("ids", `at most ${contextLength - this.#length} tokens, for the model reads ${contextLength}`, ids.length, {
        hint: "leave out the beginning of the text",
      });
    }
    const logits = new Float32Array((every ? ids.length : 1) * vocabSize);
    this.#isReading = true;
    try {
      for (let start = 0; start < ids.length;) {
        options.signal?.throwIfAborted();
        const end = Math.min(ids.length, start + promptChunk - (this.#length % promptChunk));
        const part = Array.prototype.slice.call(ids, start, end) as number[];
        const out = every ? logits.subarray(start * vocabSize, end * vocabSize) : logits;
        await this.#run(part, every ? [...part.keys()] : [part.length - 1], out);
        start = end;
      }
    } finally {
      this.#isReading = false;
    }
    return logits;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#session.close();
    this.#cache = {};
    await this.#weights.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new ClosedError("this decoder is closed", { hint: "load it again, or close it later" });
  }

  /** One call at a time: they share the cache. */
  #requireFree(): void {
    this.#requireOpen();
    if (!this.#isReading) return;
    throw new ArgumentError("this decoder is reading already", { hint: "await the end of the other call, or load the model twice" });
  }

  async #run(ids: readonly number[], rows: readonly number[], logits: Float32Array): Promise<void> {
    const total = this.#length + ids.length;
    if (total > this.#capacity) this.#grow(Math.min(Math.max(2 * this.#capacity, total), this.config.contextLength));
    const x = await this.#weights.rows("token_embd.weight", ids);
    const feeds = {
      x: value(x, [1, ids.length, this.config.width]),
      rows: value(BigInt64Array.from(rows, BigInt)),
      last: value(Int32Array.of(total - 1)),
      total: value(Int32Array.of(total)),
      ...this.#cache,
    };
    const written = Object.fromEntries(
      Object.entries(this.#cache).map(([name, cached]) => [`new${name[0]!.toUpperCase()}${name.slice(1)}`, cached]),
    );
    await setImmediate(); // ■ is heard between two runs
    this.#requireOpen();
    this.#session.runSync(feeds, { ...written, logits: value(logits, [1, rows.length, this.config.vocabSize]) });
    this.#length = total;
  }

  /** A larger cache with the same tokens. */
  #grow(capacity: number): void {
    const { layers, numKeyValueHeads, headSize } = this.config;
    const cache: Record<string, OnnxValue> = {};
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ["key", "value"]) {
        const name = `${kind}.${layer}`;
        const data = new Float32Array(numKeyValueHeads * capacity * headSize);
        const before = this.#cache[name]?.data as Float32Array | undefined;
        for (let head = 0; head < numKeyValueHeads; head++) {
          const from = head * this.#capacity * headSize;
          if (before) data.set(before.subarray(from, from + this.#length * headSize), head * capacity * headSize);
        }
        cache[name] = value(data, [1, numKeyValueHeads, capacity, headSize]);
      }
    }
    this.#cache = cache;
    this.#capacity = capacity;
  }
}
