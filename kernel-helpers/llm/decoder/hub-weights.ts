/** A decoder's weights from a folder laid out as on the hub: config.json and safetensors, in one file or in shards. */
import path from "node:path";
import { openSafetensors, type Safetensors } from "../../checkpoints/index.ts";
import { FormatError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { readUtf8 } from "../../runtime/text-file.ts";
import { findArchitecture, type Architecture } from "./architectures.ts";
import type { DecoderConfig } from "./config.ts";
import { configOfHub } from "./hub-config.ts";
import { hubName, hubNamesOf } from "./hub-names.ts";
import type { DecoderWeights } from "./weights.ts";

export class HubWeights implements DecoderWeights {
  readonly config: DecoderConfig;
  readonly #file: Safetensors;
  readonly #written: NonNullable<Architecture["hub"]>;
  readonly #nameOf: (name: string) => string;

  private constructor(file: Safetensors, config: Omit<DecoderConfig, "hasHeadNorm" | "isTied">) {
    const names = hubNamesOf(config.architecture);
    const prefix = names.prefixes.find((one) => file.has(hubName("token_embd.weight", names, one)));
    this.#file = file;
    this.#written = findArchitecture(config.architecture, file.file).hub ?? {};
    this.#nameOf = (name) => hubName(name, names, prefix);
    this.config = { ...config, isTied: !this.has("output.weight"), hasHeadNorm: this.has("blk.0.attn_q_norm.weight") };
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
    return new HubWeights(await openSafetensors(folder), config);
  }

  has(name: string): boolean {
    return this.#file.has(this.#nameOf(name));
  }

  shape(name: string): readonly number[] {
    const { shape } = this.#file.info(this.#nameOf(name));
    if (this.#half(name) !== undefined) return [shape[0]! / 2, ...shape.slice(1)];
    return this.#isTransposed(name) ? shape.toReversed() : shape;
  }

  dtype(): undefined {
    return undefined;
  }

  async float32(name: string): Promise<Float32Array> {
    const numbers = await this.#file.readFloat32(this.#nameOf(name));
    if (this.#written.normsFromOne && name.endsWith("norm.weight")) return numbers.map((number) => number + 1);
    const half = this.#half(name);
    if (half !== undefined) return numbers.subarray((half * numbers.length) / 2, ((half + 1) * numbers.length) / 2);
    return this.#isTransposed(name) ? transpose(numbers, ...(this.shape(name) as [number, number])) : numbers;
  }

  rows(name: string, indices: readonly number[]): Promise<Float32Array> {
    return this.#file.readRows(this.#nameOf(name), indices);
  }

  /** Which half of a fused matrix it is: 0 the gate, 1 what the gate opens. */
  #half(name: string): 0 | 1 | undefined {
    const part = this.#written.isFused ? /\.ffn_(gate|up)\./.exec(name)?.[1] : undefined;
    return part === undefined ? undefined : part === "gate" ? 0 : 1;
  }

  /** Matrices of layers are (in, out) where architectures write them so; embeddings never are. */
  #isTransposed(name: string): boolean {
    return this.#written.transposed === true && /^blk\.\d+\.(attn|ffn)_(?!norm)\w+\.weight$/.test(name);
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

/** (columns, rows) → (rows, columns). */
function transpose(numbers: Float32Array, rows: number, columns: number): Float32Array {
  return numbers.map((_, index) => numbers[(index % columns) * rows + Math.floor(index / columns)]!);
}
