/**
 * Where a decoder's weights come from: a GGUF file, or a folder as the hub has it (config.json and safetensors). Both are asked by GGUF's names,
 * "blk.0.attn_q.weight".
 */
import path from "node:path";
import { openGguf, openSafetensors, type Gguf, type GgufDType, type GgufTensor, type Safetensors } from "../../checkpoints/index.ts";
import { FormatError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { readUtf8 } from "../../runtime/text-file.ts";
import { configOfGguf, configOfHub, type DecoderConfig } from "./config.ts";

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

/** GGUF's names and the hub's, for what stands in a layer and around the layers. */
const inLayer: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
const around: Readonly<Record<string, string>> = { token_embd: "model.embed_tokens", output_norm: "model.norm", output: "lm_head" };

/** A tensor's name on the hub, by its name in a GGUF file. */
export function hubName(name: string): string {
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name)!;
  return layer === undefined ? `${around[part!]}.${kind}` : `model.layers.${layer}.${inLayer[part!]}.${kind}`;
}

class HubWeights implements DecoderWeights {
  readonly config: DecoderConfig;
  readonly #file: Safetensors;

  private constructor(file: Safetensors, config: DecoderConfig) {
    this.#file = file;
    this.config = config;
  }

  static async open(folder: string): Promise<HubWeights> {
    const file = path.join(folder, "config.json");
    const content = parseJson(await readUtf8(file), { file });
    if (!isPlainObject(content)) {
      throw new FormatError(`${file} is not a JSON object, but ${shown(content)}`, {
        hint: "this is not the config.json of a decoder",
        facts: { file },
      });
    }
    const config = configOfHub(content, file);
    const weights = await openSafetensors(folder);
    return new HubWeights(weights, {
      ...config,
      isTied: !weights.has("lm_head.weight"),
      hasHeadNorm: weights.has(hubName("blk.0.attn_q_norm.weight")),
    });
  }

  has(name: string): boolean {
    return this.#file.has(hubName(name));
  }

  shape(name: string): readonly number[] {
    return this.#file.info(hubName(name)).shape;
  }

  dtype(): undefined {
    return undefined;
  }

  float32(name: string): Promise<Float32Array> {
    return this.#file.readFloat32(hubName(name));
  }

  rows(name: string, indices: readonly number[]): Promise<Float32Array> {
    return this.#file.readRows(hubName(name), indices);
  }

  blocks(): undefined {
    return undefined;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
