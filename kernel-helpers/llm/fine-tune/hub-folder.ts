/** A model as a folder laid out as on the hub, which transformers opens. */
import path from "node:path";
import { UnavailableError } from "../../errors.ts";
import { replaceFile } from "../../runtime/files.ts";
import type { Tensor } from "../../tensor/index.ts";
import { copySettings, writeTensors } from "../llama/save.ts";
import type { Base } from "./base.ts";

export async function writeHubFolder(folder: string, base: Base, weights: Map<string, () => Tensor>): Promise<void> {
  const isGguf = base.place.endsWith(".gguf");
  if (isGguf && base.weights.config.experts) throw withExperts(base.place);
  await writeTensors(folder, base.weights.config, weights);
  if (!isGguf) return copySettings(folder, base.place);
  await writeSettings(folder, base, weights.get("model.layers.0.mlp.gate_proj.weight")!().shape[0]!);
}

/** What is not written of a model with experts that was read from a GGUF file. */
export const withExperts = (place: string): UnavailableError =>
  new UnavailableError(`${place} is a GGUF file of a model with experts, which cannot be written yet`, {
    hint: "begin with the hub's folder of the model, and convert what is written with llama.cpp's convert_hf_to_gguf.py",
    facts: { file: place },
  });

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
