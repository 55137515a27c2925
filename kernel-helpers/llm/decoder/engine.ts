/** What computes: a decoder's graph, its embeddings and its key-value cache. It runs in a thread of its own (engine-thread.ts). */
import { createSession, value, type OnnxValue, type Session } from "../../onnx/index.ts";
import { Adapter } from "./adapter.ts";
import type { DecoderConfig } from "./config.ts";
import { buildDecoderGraph } from "./graph.ts";
import { WeightsFile } from "./weights-file.ts";
import { openWeights, type DecoderWeights } from "./weights.ts";

export interface EngineOptions {
  dtype: "file" | "fp32";
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
  /** "key.0", "value.0", … */
  #cache: Record<string, OnnxValue> = {};
  #capacity = 0;
  /** The caches of a batch, one sequence after the other. */
  #batch: { cache: Record<string, Float32Array>; capacity: number } = { cache: {}, capacity: 0 };
  /** Keys and values of blocks of tokens, by the caches' names. */
  readonly #blocks = new Map<number, Record<string, Float32Array>>();

  private constructor(weights: DecoderWeights, session: Session) {
    this.#weights = weights;
    this.config = weights.config;
    this.#session = session;
    this.#grow(Math.min(firstCapacity, this.config.contextLength), 0);
  }

  /** @param place A .gguf file, or a folder with config.json and model.safetensors. */
  static async load(place: string, { dtype, threads, adapter }: EngineOptions): Promise<Engine> {
    const weights = await openWeights(place);
    try {
      using file = new WeightsFile();
      const model = await buildDecoderGraph(weights, {
        dtype,
        adapter: adapter === undefined ? undefined : await Adapter.open(adapter),
        weights: file,
      });
      const session = await createSession(model, {
        externalFolder: file.folder,
        memoryPattern: false,
        ...(threads === undefined ? {} : { threads }),
      });
      return new Engine(weights, session);
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
    const { width, vocabSize } = this.config;
    const feeds = {
      x: value(await this.#embed(ids, vectors), [sequences, tokens, width]),
      rows: value(BigInt64Array.from(rows, BigInt)),
      last: value(Int32Array.from(last)),
      total: value(Int32Array.of(Math.max(...last) + 1)),
      ...cache,
    };
    const written = Object.fromEntries(
      Object.entries(cache).map(([name, cached]) => [`new${name[0]!.toUpperCase()}${name.slice(1)}`, cached]),
    );
    const logits = new Float32Array(sequences * rows.length * vocabSize);
    this.#session.runSync(feeds, { ...written, logits: value(logits, [sequences, rows.length, vocabSize]) });
    return logits;
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
