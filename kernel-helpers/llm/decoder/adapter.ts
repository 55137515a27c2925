/** Low-rank adapters of a model that stays quantised (Hu et al. 2021, arXiv:2106.09685), as peft keeps them: adapter_config.json and adapter_model.safetensors. */
import path from "node:path";
import { openSafetensors } from "../../checkpoints/index.ts";
import { ArgumentError, FormatError, UnavailableError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { readUtf8 } from "../../runtime/text-file.ts";
import { rotatedHeads, toInterleaved } from "../llama/rotary-order.ts";
import type { DecoderConfig } from "./config.ts";
import { hubName } from "./hub-names.ts";

/** What peft puts before the hub's names. */
export const peftPrefix = "base_model.model.";

/** A (r, inputs) and B (outputs, r); their product is to be scaled. */
export interface LowRank {
  a: Float32Array;
  b: Float32Array;
  rank: number;
  scale: number;
}

/** What of peft's settings changes the arithmetic, with the values that this library can compute. */
const plain: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ["LORA"],
  bias: ["none"],
  fan_in_fan_out: [false],
  use_dora: [false],
  use_rslora: [false, true],
};

/**
 * An adapter's matrices, by the hub's names of the projections, such as model.layers.0.self_attn.q_proj.
 *
 * @throws {UnavailableError} There are no such files, or the adapter is of another kind than LoRA.
 * @throws {FormatError} The files are not those of an adapter.
 */
export async function readAdapter(folder: string): Promise<Map<string, LowRank>> {
  const file = path.join(folder, "adapter_config.json");
  const config = parseJson(await readUtf8(file), { file });
  if (!isPlainObject(config)) throw notAnAdapter(file, `it is ${shown(config)}`);
  for (const [key, known] of Object.entries(plain))
    if (config[key] !== undefined && !known.includes(config[key])) throw unsupported(file, key, config[key]);
  for (const key of ["rank_pattern", "modules_to_save", "layer_replication"]) {
    const value = config[key];
    if (isPlainObject(value) ? Object.keys(value).length > 0 : value != null && (value as unknown[]).length > 0)
      throw unsupported(file, key, value);
  }
  const alpha = config["lora_alpha"];
  if (typeof alpha !== "number") throw notAnAdapter(file, `its lora_alpha is ${shown(alpha)}`);
  await using weights = await openSafetensors(path.join(folder, "adapter_model.safetensors"));
  const adapters = new Map<string, LowRank>();
  for (const name of weights.names.filter((candidate) => candidate.endsWith(".lora_A.weight"))) {
    const other = name.replace(/lora_A\.weight$/, "lora_B.weight");
    if (!name.startsWith(peftPrefix) || !weights.has(other)) throw notAnAdapter(weights.file, `"${name}" is alone`);
    const rank = weights.info(name).shape[0]!;
    const own = alphaFor(config["alpha_pattern"], name) ?? alpha;
    adapters.set(name.slice(peftPrefix.length, -".lora_A.weight".length), {
      a: await weights.readFloat32(name),
      b: await weights.readFloat32(other),
      rank,
      scale: own / (config["use_rslora"] === true ? Math.sqrt(rank) : rank),
    });
  }
  const rest = weights.names.filter((name) => !/\.lora_[AB]\.weight$/.test(name));
  if (adapters.size === 0 || rest.length > 0)
    throw notAnAdapter(weights.file, rest.length > 0 ? `it has "${rest[0]}"` : "it has no lora_A");
  return adapters;
}

function alphaFor(pattern: unknown, name: string): number | undefined {
  if (!isPlainObject(pattern)) return undefined;
  const found = Object.entries(pattern).find(([end]) => new RegExp(`(^|\\.)${end}\\.lora_A\\.weight$`).test(name));
  return found && typeof found[1] === "number" ? found[1] : undefined;
}

const unsupported = (file: string, key: string, value: unknown): UnavailableError =>
  new UnavailableError(`${file} is of an adapter with ${key}: ${shown(value)}, which cannot be run`, {
    hint: "merge it in Python with peft's merge_and_unload(), and open the whole model",
    facts: { file, key },
  });

const notAnAdapter = (file: string, problem: string): FormatError =>
  new FormatError(`${file} is not the file of a LoRA adapter: ${problem}`, {
    hint: "pass the folder that peft or save() has written",
    facts: { file },
  });

/** Projections that are multiplied as one, as they stand below each other: what their adapters add is x·a·b. */
export interface AdapterProduct {
  /** (inputs, ranks of all). */
  a: Float32Array;
  /** (ranks of all, outputs of all), scaled; each rank adds to the outputs of its own projection. */
  b: Float32Array;
  rank: number;
}

export class Adapter {
  readonly #layers: ReadonlyMap<string, LowRank>;
  readonly #unused: Set<string>;
  readonly #folder: string;

  private constructor(folder: string, layers: ReadonlyMap<string, LowRank>) {
    this.#folder = folder;
    this.#layers = layers;
    this.#unused = new Set(layers.keys());
  }

  static async open(folder: string): Promise<Adapter> {
    return new Adapter(folder, await readAdapter(folder));
  }

  /** @param parts Names as in GGUF files, such as blk.0.attn_q, with their outputs. @throws {FormatError} A matrix does not fit. */
  productFor(parts: readonly { name: string; outputs: number }[], inputs: number, config: DecoderConfig): AdapterProduct | undefined {
    const total = parts.reduce((sum, { outputs }) => sum + outputs, 0);
    let first = 0;
    const found = parts.flatMap(({ name, outputs }) => {
      const [hub, offset] = [hubName(`${name}.weight`).replace(/\.weight$/, ""), first];
      first += outputs;
      const layer = this.#layers.get(hub);
      if (!layer) return [];
      this.#unused.delete(hub);
      if (layer.a.length !== layer.rank * inputs || layer.b.length !== layer.rank * outputs) throw misfit(this.#folder, hub);
      const heads = rotatedHeads(`${name}.weight`, config);
      return [{ ...layer, offset, b: heads === undefined ? layer.b : toInterleaved(layer.b, heads, config.headSize) }];
    });
    if (found.length === 0) return undefined;
    const rank = found.reduce((sum, layer) => sum + layer.rank, 0);
    const [a, b] = [new Float32Array(inputs * rank), new Float32Array(rank * total)];
    let column = 0;
    for (const { a: ownA, b: ownB, rank: own, scale, offset } of found) {
      for (let r = 0; r < own; r++, column++) {
        for (let input = 0; input < inputs; input++) a[input * rank + column] = ownA[r * inputs + input]!;
        for (let row = 0; row < ownB.length / own; row++) b[column * total + offset + row] = ownB[row * own + r]! * scale;
      }
    }
    return { a, b, rank };
  }

  /** @throws {ArgumentError} It has matrices for what the model does not have. */
  checkUsed(): void {
    const [name] = this.#unused;
    if (name === undefined) return;
    throw new ArgumentError(`the adapter in ${this.#folder} changes ${name}, which this model does not have or cannot change`, {
      hint: "open it with the model that it was made for",
      facts: { folder: this.#folder, name },
    });
  }
}

const misfit = (folder: string, name: string): ArgumentError =>
  new ArgumentError(`the adapter in ${folder} does not fit the model: ${name} has other sizes`, {
    hint: "open it with the model that it was made for",
    facts: { folder, name },
  });
