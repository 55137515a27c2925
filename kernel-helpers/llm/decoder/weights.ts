/**
 * Where a decoder's weights come from: a GGUF file, or a folder laid out as on the hub (config.json and safetensors). Both are asked by GGUF's names,
 * "blk.0.attn_q.weight", an expert's by its number: "blk.0.ffn_up.3.weight".
 */
import { dequantize, openGguf, type Gguf, type GgufDType, type GgufTensor } from "../../checkpoints/index.ts";
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
  /** The experts that were read last: they are asked for one after the other. */
  #experts: (GgufTensor & { name: string }) | undefined;

  constructor(file: Gguf) {
    this.#file = file;
    this.config = configOfGguf(file);
  }

  has(name: string): boolean {
    const { tensor, expert = 0 } = this.#place(name);
    return this.#file.has(tensor) && expert < this.#file.info(tensor).shape[0]!;
  }

  shape(name: string): readonly number[] {
    const { tensor, expert } = this.#place(name);
    const { shape } = this.#file.info(tensor);
    if (expert !== undefined) return shape.slice(1);
    return shape.length === 1 && name.endsWith("ffn_gate_inp_shexp.weight") ? [1, ...shape] : shape; // a matrix of one row
  }

  dtype(name: string): GgufDType | undefined {
    return this.#file.info(this.#place(name).tensor).dtype;
  }

  async float32(name: string): Promise<Float32Array> {
    if (this.#place(name).expert === undefined) return this.#file.readFloat32(name);
    const { dtype, shape, data } = this.blocks(name);
    return dequantize(
      dtype,
      data,
      shape.reduce((product, size) => product * size, 1),
    );
  }

  async rows(name: string, indices: readonly number[]): Promise<Float32Array> {
    return this.#file.readRows(name, indices);
  }

  blocks(name: string): GgufTensor {
    const { tensor, expert } = this.#place(name);
    if (expert === undefined) return this.#file.read(name);
    if (this.#experts?.name !== tensor) this.#experts = { name: tensor, ...this.#file.read(tensor) };
    const { dtype, shape, data } = this.#experts;
    const bytes = data.length / shape[0]!;
    return { dtype, shape: shape.slice(1), data: data.subarray(expert * bytes, (expert + 1) * bytes) };
  }

  /** All experts of a layer are one tensor. */
  #place(name: string): { tensor: string; expert?: number } {
    const [, stem, expert] = /^(blk\.\d+\.ffn_\w+)\.(\d+)\.weight$/.exec(name) ?? [];
    return expert === undefined ? { tensor: name } : { tensor: `${stem}_exps.weight`, expert: Number(expert) };
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
