/** A decoder of the Llama family, ready to run. It computes in a thread of its own, so the program's thread stays free. */
import { ArgumentError, ClosedError } from "../../errors.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkIndices,
  checkInstance,
  checkInteger,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import { throwIfInterrupted } from "../../runtime/interrupt.ts";
import { checkDevice, type Device } from "../../onnx/index.ts";
import type { DrawSettings } from "../sampler.ts";
import type { DecoderConfig } from "./config.ts";
import { DecoderBatch } from "./decoder-batch.ts";
import { EngineLink } from "./engine-link.ts";
import { join } from "./pack.ts";
import { PrefixCache } from "./prefix-cache.ts";

export interface LoadDecoderOptions {
  /**
   * `file`: the numbers as the file holds them, quantised ones multiplied as integers; `fp32`: all of them as float32; `fp16`: as float16, half of the
   * memory, for a GPU. @default "file"
   */
  dtype?: "file" | "fp16" | "fp32";
  threads?: number;
  /** Computes as on a device, where tokens can be drawn, too: on a GPU, or to see the same on the CPU. @default none: the CPU, which writes its cache in place */
  device?: Device;
  /** A folder with adapter_config.json and adapter_model.safetensors, as fineTune and peft write them: the low-rank products are added to the weights'. */
  adapter?: string;
}

export interface ReadOptions {
  /** Whether to return the logits after each of the ids. @default false: after the last one */
  every?: boolean;
  /** Ends the reading after at most 64 tokens; those that were read stay in the cache. */
  signal?: AbortSignal;
}

/**
 * Tokens that are read in one run, up to the next multiple of this. Quantised products round a little differently with another number of rows; so
 * what is read the same way from the beginning has the same logits, whatever was read before.
 */
export const promptChunk = 64;

/** Predicts what follows ids that it has seen; give it back with close(). */
export class Decoder implements AsyncDisposable {
  readonly config: DecoderConfig;
  /** Where it computes. */
  readonly device: Device;
  /** Whether tokens can be drawn there; see draw(). */
  readonly canDraw: boolean;
  readonly #link: EngineLink;
  /** Vectors that stand in the place of tokens, by ids that the vocabulary lacks. */
  readonly #placed = new Map<number, Float32Array>();
  #nextId: number;
  #length = 0;
  #isReading = false;
  #isClosed = false;

  private constructor(config: DecoderConfig, link: EngineLink, device: Device | undefined) {
    this.config = config;
    this.device = device ?? "cpu";
    this.canDraw = device !== undefined;
    this.#link = link;
    this.#nextId = config.vocabSize;
  }

  /**
   * @param place A .gguf file, or a folder with config.json and model.safetensors.
   * @throws {UnavailableError} There is no such file, its architecture cannot be run, or the device is missing.
   * @throws {FormatError} The file is cut short or not a model.
   */
  static async load(place: string, options: LoadDecoderOptions = {}): Promise<Decoder> {
    checkText("place", place, {
      allowEmpty: false,
      hint: "pass the path of a .gguf file, or of a folder with config.json and model.safetensors",
    });
    checkOptions("options", options, ["dtype", "threads", "device", "adapter"]);
    const { dtype = "file", threads, device, adapter } = options;
    checkChoice("dtype", dtype, ["file", "fp16", "fp32"]);
    if (device !== undefined) checkDevice(device);
    if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
    if (adapter !== undefined)
      checkText("adapter", adapter, { allowEmpty: false, hint: "pass the folder that save() or peft has written" });
    const { config, link } = await EngineLink.start({
      place,
      dtype,
      ...(threads !== undefined && { threads }),
      ...(device !== undefined && { device }),
      ...(adapter !== undefined && { adapter }),
    });
    return new Decoder(config, link, device);
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
   * Gives vectors that are to stand among tokens, such as those of an image, ids that `read` takes until they are disposed of. No ids are given twice, so what
   * was read of them can be known again by them.
   *
   * @param vectors (tokens × width), one after the other.
   */
  place(vectors: Float32Array): { ids: readonly number[] } & Disposable {
    const { width } = this.config;
    if (checkInstance("vectors", vectors, Float32Array).length % width !== 0 || vectors.length === 0)
      throw argumentError("vectors", `vectors of ${width} numbers`, vectors.length, { hint: "they are as wide as the model" });
    const ids = Array.from({ length: vectors.length / width }, () => this.#nextId++);
    for (const [row, id] of ids.entries()) this.#placed.set(id, vectors.subarray(row * width, (row + 1) * width));
    return { ids, [Symbol.dispose]: () => ids.forEach((id) => this.#placed.delete(id)) };
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
    const known = this.#placed.size === 0 ? ids : Array.from(ids, (id) => (this.#placed.has(id) ? 0 : id));
    checkIndices("ids", known, vocabSize, {
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
    const parts: Float32Array[] = [];
    this.#isReading = true;
    try {
      for (let start = 0; start < ids.length;) {
        options.signal?.throwIfAborted();
        throwIfInterrupted();
        const end = Math.min(ids.length, start + promptChunk - (this.#length % promptChunk));
        const part = Array.prototype.slice.call(ids, start, end) as number[];
        const rows = every ? [...part.keys()] : end === ids.length ? [part.length - 1] : [];
        parts.push(await this.#link.run({ ids: part, past: this.#length, rows, ...this.#vectorsOf(part) }));
        this.#length += part.length;
        start = end;
      }
    } finally {
      this.#isReading = false;
    }
    return parts.length === 1 ? parts[0]! : join(parts, Float32Array);
  }

  /**
   * Reads an id after those in the cache and draws the ones that follow it, in one run of the graph: neither the cache nor logits leave the device meanwhile.
   *
   * @param points One in [0, 1) for each token that is to be drawn, which says where among those left it lies.
   * @returns Their ids; all but the last of them are in the cache.
   * @throws {ArgumentError} The decoder's graph cannot draw tokens, or there is not enough room for so many.
   */
  async draw(id: number, points: readonly number[], settings: DrawSettings): Promise<number[]> {
    checkIndices("id", [id], this.config.vocabSize);
    this.#requireFree();
    const room = this.config.contextLength - this.#length;
    if (points.length === 0 || points.length > room) throw argumentError("points", `1 to ${room} of them`, points.length);
    if (!this.canDraw) throw argumentError("draw", "called where the decoder was loaded with a device", this.device);
    throwIfInterrupted();
    this.#isReading = true;
    try {
      const ids = await this.#link.draw({ id, past: this.#length, points, ...settings });
      this.#length += points.length;
      return ids;
    } finally {
      this.#isReading = false;
    }
  }

  /**
   * Room for several sequences that go on side by side, a token of each at a time. It takes what this decoder has read, and goes on by itself.
   *
   * @param places How many sequences at most.
   * @param capacity How many tokens each of them may have.
   */
  async openBatch(places: number, capacity: number): Promise<DecoderBatch> {
    checkInteger("places", places, { min: 1 });
    checkInteger("capacity", capacity, { min: 1, max: this.config.contextLength });
    this.#requireFree();
    return DecoderBatch.open(this, this.#link, places, capacity);
  }

  /**
   * Keeps the beginnings of prompts, so that later ones that begin alike are not read again.
   *
   * @param tokens How many tokens at most; what was not used for longest goes first.
   */
  openPrefixCache(tokens: number): PrefixCache {
    checkInteger("tokens", tokens, { min: 0 });
    const restored = (length: number): void => void (this.#length = length);
    return new PrefixCache(this.#link, Math.floor(tokens / promptChunk), promptChunk, restored);
  }

  #vectorsOf(ids: readonly number[]): { vectors?: Float32Array } {
    const vectors = ids.flatMap((id) => this.#placed.get(id) ?? []);
    return vectors.length === 0 ? {} : { vectors: join(vectors, Float32Array) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#link.close();
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
}
