/** Adapters into the files of peft (huggingface.co/docs/peft/developer_guides/checkpoint): adapter_config.json and adapter_model.safetensors. */
import path from "node:path";
import { writeSafetensors, type CheckpointTensor } from "../../checkpoints/index.ts";
import { replaceFile } from "../../runtime/files.ts";
import { peftPrefix } from "../decoder/adapter.ts";
import type { Llama } from "../llama/llama.ts";
import { adapterParameters } from "./adapters.ts";

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
    `${peftPrefix}${name}`,
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
