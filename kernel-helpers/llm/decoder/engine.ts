/** What computes: a decoder's graph, its embeddings and its key-value cache. It runs in a thread of its own (engine-thread.ts). */
import { createSession, value, type Device, type OnnxValue, type Session } from "../../onnx/index.ts";
import type { DrawSettings } from "../sampler.ts";
import { Adapter } from "./adapter.ts";
import type { DecoderConfig } from "./config.ts";
import { buildDecoderGraph } from "./graph.ts";
import { buildLoopedDecoderGraph } from "./looped-graph.ts";
import { WeightsFile } from "./weights-file.ts";
import { openWeights, type DecoderWeights } from "./weights.ts";

export interface EngineOptions {
  dtype: "file" | "fp16" | "fp32";
  /** Where the looped graph runs (looped-graph.ts). @default none: the plain graph, on the CPU, which writes its cache in place */
  device?: Device;
  /** What attention computes in where there is a device. @default float16 on cuda, whose operator knows nothing else, float32 elsewhere */
  attention?: "float32" | "float16";
  threads?: number;
  /** Folder of an adapter that peft or fineTune has written. */
  adapter?: string;
}

/** Tokens to be read after the first so many of the cache. */
export interface EngineRun {
  ids: readonly number[];
  /** Of the ids that the vocabulary lacks, the vectors that stand in their place, one after the other. */
  vectors?: Float32Array;
  past: number;
  /** Which of the ids the logits are wanted after. */
  rows: readonly number[];
}

/** A token to be read after the first so many of the cache, and tokens to be drawn after it, each by a point in [0, 1). */
export interface DrawRun extends DrawSettings {
  id: number;
  past: number;
  points: readonly number[];
}

/** What a batch of sequences asks for; each has a place of its own, from 0 on. */
export type BatchRun =
  /** Room for so many sequences of at most so many tokens. */
  | { kind: "open"; places: number; capacity: number }
  /** A place takes the first tokens of the decoder's cache. */
  | { kind: "fill"; place: number; length: number }
  /** A sequence of so many tokens moves to another place. */
  | { kind: "move"; from: number; to: number; length: number }
  /** One token for each of the first places, after so many of its sequence. */
  | { kind: "step"; ids: readonly number[]; pasts: readonly number[] }
  | { kind: "close" };

/** What is kept of prompts that have been read: blocks of tokens, each by a number, which later prompts with the same beginning take over. */
export type PrefixRun =
  /** Tokens of the decoder's cache, from the start on, become a block. */
  | { kind: "keep"; block: number; start: number; length: number }
  /** Blocks become the first tokens of the decoder's cache, one after the other. */
  | { kind: "restore"; blocks: readonly number[]; length: number }
  | { kind: "drop"; block: number };

/** Tokens that the cache has room for at first; it doubles when it is full. */
const firstCapacity = 512;

export class Engine {
  readonly config: DecoderConfig;
  readonly #weights: DecoderWeights;
  readonly #session: Session;
  readonly #isLooped: boolean;
  /** "key.0", "value.0", … */
  #cache: Record<string, OnnxValue> = {};
  #capacity = 0;
  /** The caches of a batch, one sequence after the other. */
  #batch: { cache: Record<string, Float32Array>; capacity: number } = { cache: {}, capacity: 0 };
  /** Keys and values of blocks of tokens, by the caches' names. */
  readonly #blocks = new Map<number, Record<string, Float32Array>>();

  private constructor(weights: DecoderWeights, session: Session, isLooped: boolean) {
    this.#weights = weights;
    this.#isLooped = isLooped;
    this.config = weights.config;
    this.#session = session;
    this.#grow(Math.min(firstCapacity, this.config.contextLength), 0);
  }

  /** @param place A .gguf file, or a folder with config.json and model.safetensors. */
  static async load(place: string, { dtype, threads, adapter, device, attention }: EngineOptions): Promise<Engine> {
    const weights = await openWeights(place);
    try {
      using file = new WeightsFile();
      const isLooped = device !== undefined;
      const model = await (isLooped ? buildLoopedDecoderGraph : buildDecoderGraph)(weights, {
        dtype,
        adapter: adapter === undefined ? undefined : await Adapter.open(adapter),
        attention: attention ?? (device === "cuda" ? "float16" : "float32"),
        weights: file,
      });
      const session = await createSession(model, {
        externalFolder: file.folder,
        memoryPattern: false,
        ...(threads === undefined ? {} : { threads }),
        ...(isLooped && { device }),
      });
      return new Engine(weights, session, isLooped);
    } catch (error) {
      await weights.close();
      throw error;
    }
  }

  /** @returns The logits after each of the rows, (R, V). */
  async run({ ids, vectors, past, rows }: EngineRun): Promise<Float32Array<ArrayBuffer>> {
    const total = past + ids.length;
    this.#makeRoom(total, past);
    return this.#compute(ids, [1, ids.length], rows, [total - 1], this.#cache, vectors);
  }

  /** Of the looped graph. @returns The ids that were drawn; all but the last of them have been read. */
  async draw({ id, past, points, ...settings }: DrawRun): Promise<Float32Array<ArrayBuffer>> {
    this.#makeRoom(past + points.length, past);
    return (await this.#computeLooped([id], [1, 1], [0], [past], this.#cache, { points, ...settings })).drawn;
  }

  /** @returns For a step the logits after each token, (B, V); otherwise none. */
  async runBatch(run: BatchRun): Promise<Float32Array<ArrayBuffer>> {
    const { numKeyValueHeads: heads, headSize } = this.config;
    const batch = this.#batch;
    const size = heads * batch.capacity * headSize; // numbers of one sequence
    switch (run.kind) {
      case "open": {
        const empty = (): Float32Array => new Float32Array(run.places * heads * run.capacity * headSize);
        this.#batch = { cache: Object.fromEntries(Object.keys(this.#cache).map((name) => [name, empty()])), capacity: run.capacity };
        break;
      }
      case "fill":
        for (const [name, data] of Object.entries(batch.cache)) {
          copyHeads(this.#cache[name]!.data as Float32Array, this.#capacity, data.subarray(run.place * size), batch.capacity, {
            heads,
            headSize,
            tokens: run.length,
          });
        }
        break;
      case "move":
        for (const data of Object.values(batch.cache)) {
          copyHeads(data.subarray(run.from * size), batch.capacity, data.subarray(run.to * size), batch.capacity, {
            heads,
            headSize,
            tokens: run.length,
          });
        }
        break;
      case "step": {
        const { length } = run.ids;
        const cache = Object.entries(batch.cache).map(([name, data]) => {
          return [name, value(data.subarray(0, length * size), [length, heads, batch.capacity, headSize])] as const;
        });
        return this.#compute(run.ids, [length, 1], [0], run.pasts, Object.fromEntries(cache));
      }
      case "close":
        this.#batch = { cache: {}, capacity: 0 };
    }
    return new Float32Array(0);
  }

  runPrefix(run: PrefixRun): void {
    const { numKeyValueHeads: heads, headSize } = this.config;
    switch (run.kind) {
      case "keep": {
        const block: Record<string, Float32Array> = {};
        for (const [name, { data }] of Object.entries(this.#cache)) {
          block[name] = new Float32Array(heads * run.length * headSize);
          const from = (data as Float32Array).subarray(run.start * headSize);
          copyHeads(from, this.#capacity, block[name], run.length, { heads, headSize, tokens: run.length });
        }
        this.#blocks.set(run.block, block);
        break;
      }
      case "restore":
        this.#makeRoom(run.blocks.length * run.length, 0);
        for (const [index, block] of run.blocks.entries()) {
          for (const [name, { data }] of Object.entries(this.#cache)) {
            const to = (data as Float32Array).subarray(index * run.length * headSize);
            copyHeads(this.#blocks.get(block)![name]!, run.length, to, this.#capacity, { heads, headSize, tokens: run.length });
          }
        }
        break;
      case "drop":
        this.#blocks.delete(run.block);
    }
  }

  /**
   * @param shape Sequences, and tokens of each; one of the two is 1.
   * @param last Index of each sequence's last token.
   */
  async #compute(
    ids: readonly number[],
    [sequences, tokens]: readonly [number, number],
    rows: readonly number[],
    last: readonly number[],
    cache: Record<string, OnnxValue>,
    vectors?: Float32Array,
  ): Promise<Float32Array<ArrayBuffer>> {
    if (this.#isLooped) return (await this.#computeLooped(ids, [sequences, tokens], rows, last, cache)).logits;
    const { width, vocabSize } = this.config;
    const feeds = {
      x: value(await this.#embed(ids, vectors), [sequences, tokens, width]),
      rows: value(BigInt64Array.from(rows, BigInt)),
      last: value(Int32Array.from(last)),
      total: value(Int32Array.of(Math.max(...last) + 1)),
      ...cache,
    };
    const logits = new Float32Array(sequences * rows.length * vocabSize);
    this.#session.runSync(feeds, { ...written(cache), logits: value(logits, [sequences, rows.length, vocabSize]) });
    return logits;
  }

  /** One turn, or with `draws` as many as it has points. */
  async #computeLooped(
    ids: readonly number[],
    [sequences, tokens]: readonly [number, number],
    rows: readonly number[],
    last: readonly number[],
    cache: Record<string, OnnxValue>,
    draws: DrawSettings & { points: readonly number[] } = { temperature: 1, topK: 1, topP: 1, minP: 0, points: last.map(() => 0) },
  ): Promise<{ logits: Float32Array<ArrayBuffer>; drawn: Float32Array<ArrayBuffer> }> {
    const { vocabSize } = this.config;
    const turns = draws.points.length / sequences;
    const asked = rows.length === 0 ? [tokens - 1] : rows; // a token is drawn of one row at least
    const logits = new Float32Array(sequences * asked.length * vocabSize);
    const drawn = new BigInt64Array(draws.points.length);
    const feeds = {
      turns: value(BigInt64Array.of(BigInt(turns)), []),
      ids: value(BigInt64Array.from(ids, BigInt), [sequences, tokens]),
      rows: value(BigInt64Array.from(asked, BigInt)),
      last: value(Int32Array.from(last)),
      points: value(Float32Array.from(draws.points), [turns, sequences]),
      temperature: value(Float32Array.of(draws.temperature)),
      topK: value(BigInt64Array.of(BigInt(draws.topK))),
      topP: value(Float32Array.of(draws.topP)),
      minP: value(Float32Array.of(draws.minP)),
      ...cache,
    };
    this.#session.runSync(feeds, {
      ...written(cache),
      logits: value(logits, [sequences, asked.length, vocabSize]),
      drawn: value(drawn, [turns, sequences]),
    });
    return { logits: rows.length === 0 ? new Float32Array(0) : logits, drawn: Float32Array.from(drawn, Number) };
  }

  /** (T × width) */
  async #embed(ids: readonly number[], vectors: Float32Array | undefined): Promise<Float32Array> {
    const { width, vocabSize } = this.config;
    const known = ids.map((id) => (id < vocabSize ? id : 0));
    const rows = await this.#weights.rows("token_embd.weight", known);
    let used = 0;
    for (const [at, id] of ids.entries()) {
      if (id < vocabSize) continue;
      rows.set(vectors!.subarray(used, used + width), at * width);
      used += width;
    }
    return rows;
  }

  async close(): Promise<void> {
    this.#session.close();
    this.#cache = {};
    this.#batch = { cache: {}, capacity: 0 };
    this.#blocks.clear();
    await this.#weights.close();
  }

  /** Room for so many tokens, of which the first ones stay. */
  #makeRoom(total: number, kept: number): void {
    if (total > this.#capacity) this.#grow(Math.min(Math.max(2 * this.#capacity, total), this.config.contextLength), kept);
  }

  /** A larger cache with the same first tokens. */
  #grow(capacity: number, kept: number): void {
    const { layers, numKeyValueHeads, headSize } = this.config;
    const cache: Record<string, OnnxValue> = {};
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ["key", "value"]) {
        const name = `${kind}.${layer}`;
        const data = new Float32Array(numKeyValueHeads * capacity * headSize);
        const before = this.#cache[name]?.data as Float32Array | undefined;
        if (before) copyHeads(before, this.#capacity, data, capacity, { heads: numKeyValueHeads, headSize, tokens: kept });
        cache[name] = value(data, [1, numKeyValueHeads, capacity, headSize]);
      }
    }
    this.#cache = cache;
    this.#capacity = capacity;
  }
}

/** Where the caches go when tokens have been read: into the memory that they have. */
const written = (cache: Record<string, OnnxValue>): Record<string, OnnxValue> =>
  Object.fromEntries(Object.entries(cache).map(([name, cached]) => [`new${name[0]!.toUpperCase()}${name.slice(1)}`, cached]));

/** Copies the first tokens of each head from a cache of one capacity to one of another. */
function copyHeads(
  from: Float32Array,
  fromCapacity: number,
  to: Float32Array,
  toCapacity: number,
  { heads, headSize, tokens }: { heads: number; headSize: number; tokens: number },
): void {
  for (let head = 0; head < heads; head++) {
    const start = head * fromCapacity * headSize;
    to.set(from.subarray(start, start + tokens * headSize), head * toCapacity * headSize);
  }
}
