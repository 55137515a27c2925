/** A model as a folder laid out as on the hub, which transformers opens. */
import { copyFileSync, existsSync } from "node:fs";
import path from "node:path";
import { writeCheckpoint, type CheckpointTensor } from "../../checkpoints/index.ts";
import { replaceFile } from "../../runtime/files.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { Base } from "./base.ts";

/** What says how the model is computed and how it reads text. */
const copied = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
];

export async function writeHubFolder(folder: string, base: Base, weights: Map<string, () => Tensor>): Promise<void> {
  const tensors = [...weights].map(([name, compute]): [string, CheckpointTensor] => {
    const { shape, data } = compute();
    return [name, { dtype: "F32", shape, data }];
  });
  await writeCheckpoint(folder, Object.fromEntries(tensors));
  if (base.place.endsWith(".gguf")) return writeSettings(folder, base, weights.get("model.layers.0.mlp.gate_proj.weight")!().shape[0]!);
  for (const name of copied) {
    const source = path.join(base.place, name);
    if (existsSync(source) && path.resolve(folder) !== path.resolve(base.place)) copyFileSync(source, path.join(folder, name));
  }
}

/** The files that a GGUF file has within it. */
async function writeSettings(folder: string, { weights, tokenizer, chatTemplate, endIds }: Base, hidden: number): Promise<void> {
  const { config } = weights;
  const [end] = endIds;
  const json = (name: string, content: object): void => replaceFile(path.join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  const architecture = { llama: "LlamaForCausalLM", qwen2: "Qwen2ForCausalLM", qwen3: "Qwen3ForCausalLM" }[config.architecture];
  json("config.json", {
    architectures: [architecture],
    model_type: config.architecture,
    hidden_act: "silu",
    hidden_size: config.width,
    intermediate_size: hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headSize,
    vocab_size: config.vocabSize,
    max_position_embeddings: config.contextLength,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeBase,
    tie_word_embeddings: config.isTied,
    torch_dtype: "float32",
    ...(end !== undefined && { eos_token_id: [...endIds] }),
  });
  await tokenizer.save(path.join(folder, "tokenizer.json"));
  const textOf = new Map([...tokenizer.specialTokens].map(([text, id]) => [id, text]));
  json("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: config.contextLength,
    ...(end !== undefined && { eos_token: textOf.get(end) }),
    ...(chatTemplate && { chat_template: chatTemplate.source }),
  });
}
