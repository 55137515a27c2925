/**
 * Where a decoder's weights come from: a GGUF file, or a folder laid out as on the hub (config.json and safetensors). Both are asked by GGUF's names,
 * "blk.0.attn_q.weight".
 */
import { openGguf, type Gguf, type GgufDType, type GgufTensor } from "../../checkpoints/index.ts";
import type { DecoderConfig } from "./config.ts";
import { configOfGguf } from "./gguf-config.ts";
import { HubWeights } from "./hub-weights.ts";

export interface DecoderWeights extends AsyncDisposable {
  readonly config: DecoderConfig;
  has(name: string): boolean;
  /** Row-major: (out, in) for a projection. */
  shape(name: string): readonly number[];
  /** ggml's type of the numbers; undefined where the file is not ggml's. */
  dtype(name: string): GgufDType | undefined;
  float32(name: string): Promise<Float32Array>;
  /** Some rows of a matrix as float32. */
  rows(name: string, indices: readonly number[]): Promise<Float32Array>;
  /** The numbers as the file holds them, where it holds them in ggml's blocks. */
  blocks(name: string): GgufTensor | undefined;
  close(): Promise<void>;
}

/** @param place A .gguf file, or a folder with config.json and safetensors, in one file or in shards. */
export async function openWeights(place: string): Promise<DecoderWeights> {
  return place.endsWith(".gguf") ? new GgufWeights(openGguf(place)) : HubWeights.open(place);
}

class GgufWeights implements DecoderWeights {
  readonly config: DecoderConfig;
  readonly #file: Gguf;

  constructor(file: Gguf) {
    this.#file = file;
    this.config = configOfGguf(file);
  }

  has(name: string): boolean {
    return this.#file.has(name);
  }

  shape(name: string): readonly number[] {
    return this.#file.info(name).shape;
  }

  dtype(name: string): GgufDType | undefined {
    return this.#file.info(name).dtype;
  }

  async float32(name: string): Promise<Float32Array> {
    return this.#file.readFloat32(name);
  }

  async rows(name: string, indices: readonly number[]): Promise<Float32Array> {
    return this.#file.readRows(name, indices);
  }

  blocks(name: string): GgufTensor | undefined {
    return this.#file.read(name);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
