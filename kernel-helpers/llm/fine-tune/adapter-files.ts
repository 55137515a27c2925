/** Adapters in the files of peft (huggingface.co/docs/peft/developer_guides/checkpoint): adapter_config.json and adapter_model.safetensors. */
import path from "node:path";
import { openSafetensors, writeSafetensors, type CheckpointTensor } from "../../checkpoints/index.ts";
import { FormatError, UnavailableError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { replaceFile } from "../../runtime/files.ts";
import { parseJson } from "../../runtime/json.ts";
import { readUtf8 } from "../../runtime/text-file.ts";
import type { Llama } from "../llama/llama.ts";
import { adapterParameters } from "./adapters.ts";

/** What peft puts before the hub's names. */
const prefix = "base_model.model.";

export interface AdapterDescription {
  base: string;
  rank: number;
  alpha: number;
  dropout: number;
  targets: readonly string[];
}

export async function writeAdapter(
  folder: string,
  model: Llama,
  { base, rank, alpha, dropout, targets }: AdapterDescription,
): Promise<void> {
  const tensors = Object.entries(adapterParameters(model)).map(([name, { shape, data }]): [string, CheckpointTensor] => [
    `${prefix}${name}`,
    { dtype: "F32", shape, data },
  ]);
  await writeSafetensors(path.join(folder, "adapter_model.safetensors"), Object.fromEntries(tensors), { format: "pt" });
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: targets,
    bias: "none",
    fan_in_fan_out: false,
    use_rslora: false,
    use_dora: false,
    inference_mode: true,
  };
  replaceFile(path.join(folder, "adapter_config.json"), `${JSON.stringify(config, undefined, 2)}\n`);
}

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
    if (!name.startsWith(prefix) || !weights.has(other)) throw notAnAdapter(weights.file, `"${name}" is alone`);
    const rank = weights.info(name).shape[0]!;
    const own = alphaFor(config["alpha_pattern"], name) ?? alpha;
    adapters.set(name.slice(prefix.length, -".lora_A.weight".length), {
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
