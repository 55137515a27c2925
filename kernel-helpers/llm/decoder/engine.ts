/** What computes: a decoder's graph, its embeddings and its key-value cache. It runs in a thread of its own (engine-thread.ts). */
import { createSession, value, type OnnxValue, type Session } from "../../onnx/index.ts";
import type { DecoderConfig } from "./config.ts";
import { buildDecoderGraph } from "./graph.ts";
import { WeightsFile } from "./weights-file.ts";
import { openWeights, type DecoderWeights } from "./weights.ts";

export interface EngineOptions {
  dtype: "file" | "fp32";
  threads?: number;
}

/** Tokens to be read after the first so many of the cache. */
export interface EngineRun {
  ids: readonly number[];
  past: number;
  /** Which of the ids the logits are wanted after. */
  rows: readonly number[];
}

/** Tokens that the cache has room for at first; it doubles when it is full. */
const firstCapacity = 512;

export class Engine {
  readonly config: DecoderConfig;
  readonly #weights: DecoderWeights;
  readonly #session: Session;
  /** "key.0", "value.0", … */
  #cache: Record<string, OnnxValue> = {};
  #capacity = 0;

  private constructor(weights: DecoderWeights, session: Session) {
    this.#weights = weights;
    this.config = weights.config;
    this.#session = session;
    this.#grow(Math.min(firstCapacity, this.config.contextLength), 0);
  }

  /** @param place A .gguf file, or a folder with config.json and model.safetensors. */
  static async load(place: string, { dtype, threads }: EngineOptions): Promise<Engine> {
    const weights = await openWeights(place);
    try {
      using file = new WeightsFile();
      const session = await createSession(await buildDecoderGraph(weights, { dtype, weights: file }), {
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
  async run({ ids, past, rows }: EngineRun): Promise<Float32Array<ArrayBuffer>> {
    const { contextLength, width, vocabSize } = this.config;
    const total = past + ids.length;
    if (total > this.#capacity) this.#grow(Math.min(Math.max(2 * this.#capacity, total), contextLength), past);
    const feeds = {
      x: value(await this.#weights.rows("token_embd.weight", ids), [1, ids.length, width]),
      rows: value(BigInt64Array.from(rows, BigInt)),
      last: value(Int32Array.of(total - 1)),
      total: value(Int32Array.of(total)),
      ...this.#cache,
    };
    const written = Object.fromEntries(
      Object.entries(this.#cache).map(([name, cached]) => [`new${name[0]!.toUpperCase()}${name.slice(1)}`, cached]),
    );
    const logits = new Float32Array(rows.length * vocabSize);
    this.#session.runSync(feeds, { ...written, logits: value(logits, [1, rows.length, vocabSize]) });
    return logits;
  }

  async close(): Promise<void> {
    this.#session.close();
    this.#cache = {};
    await this.#weights.close();
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
        for (let head = 0; head < numKeyValueHeads; head++) {
          const from = head * this.#capacity * headSize;
          if (before) data.set(before.subarray(from, from + kept * headSize), head * capacity * headSize);
        }
        cache[name] = value(data, [1, numKeyValueHeads, capacity, headSize]);
      }
    }
    this.#cache = cache;
    this.#capacity = capacity;
  }
}
