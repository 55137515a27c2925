/** Llamas as checkpoints of the hub. */
import { copyFileSync, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeCheckpoint, type CheckpointTensor } from "../../checkpoints/index.ts";
import { checkInstance, checkText } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { hubName, hubNamesOf } from "../decoder/hub-names.ts";
import { mergedWeights } from "../fine-tune/merge.ts";
import { Llama } from "./llama.ts";
import { expertOf, moduleName, tensorNames } from "./tensor-names.ts";

/** What says how a model is computed and how it reads text. */
const settings = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
];

/**
 * Writes a model as a folder laid out as on the hub, which transformers opens: its weights in float32, and what says how they are computed from the
 * folder that they came from.
 *
 * @param from A folder with config.json.
 * @throws {ArgumentError} There is no such folder.
 * @example
 * const model = new Llama(await readLlama("mixtral"))
 * await saveLlama(model, "tuned", "mixtral")
 */
export async function saveLlama(model: Llama, folder: string, from: string): Promise<void> {
  checkInstance("model", model, Llama);
  checkText("folder", folder, { allowEmpty: false });
  checkText("from", from, { allowEmpty: false, hint: "pass the folder that the model was read from" });
  await mkdir(folder, { recursive: true });
  await writeTensors(folder, model.config, mergedWeights(model));
  copySettings(folder, from);
}

/** @param weights By their names in the modules. */
export async function writeTensors(folder: string, config: DecoderConfig, weights: Map<string, () => Tensor>): Promise<void> {
  const names = hubNamesOf(config.architecture);
  const tensors = tensorNames(config, (name) => weights.has(moduleName(name))).map((name): [string, CheckpointTensor] => {
    const whole = weights.get(moduleName(name))!();
    const expert = expertOf(name);
    const { shape, data } = expert === undefined ? whole : whole.slice(expert);
    return [hubName(name, names), { dtype: "F32", shape, data }];
  });
  await writeCheckpoint(folder, Object.fromEntries(tensors));
}

export function copySettings(folder: string, from: string): void {
  for (const name of settings) {
    const source = path.join(from, name);
    if (existsSync(source) && path.resolve(folder) !== path.resolve(from)) copyFileSync(source, path.join(folder, name));
  }
}
