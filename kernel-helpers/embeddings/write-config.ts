/** The configuration files of a folder in sentence-transformers' layout, with the keys that all its versions read. */
import path from "node:path";
import type { EncoderConfig } from "./config.ts";
import { writeObject } from "./json-file.ts";

export function writeConfig(folder: string, config: EncoderConfig): void {
  const isRoberta = config.architecture === "xlm-roberta";
  const module = (idx: number, at: string, type: string): object => ({
    idx,
    name: String(idx),
    path: at,
    type: `sentence_transformers.models.${type}`,
  });
  const files: Record<string, object> = {
    "config.json": { architectures: [isRoberta ? "XLMRobertaModel" : "BertModel"], ...networkOf(config) },
    "sentence_bert_config.json": { max_seq_length: config.maxTokens, do_lower_case: false },
    "modules.json": [
      module(0, "", "Transformer"),
      module(1, "1_Pooling", "Pooling"),
      ...(config.normalize ? [module(2, "2_Normalize", "Normalize")] : []),
    ],
    "1_Pooling/config.json": {
      word_embedding_dimension: config.width,
      pooling_mode_cls_token: config.pooling === "cls",
      pooling_mode_mean_tokens: config.pooling === "mean",
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
    },
    "config_sentence_transformers.json": { prompts: config.prompts, default_prompt_name: config.defaultPrompt ?? null },
  };
  for (const [name, content] of Object.entries(files)) writeObject(path.join(folder, name), content);
}

/** Of a BERT that scores pairs; its scores are logits, which sentence-transformers looks up in one of two places. */
export function writeScorerConfig(folder: string, config: EncoderConfig): void {
  const activation_fn = "torch.nn.modules.linear.Identity";
  const files: Record<string, object> = {
    "config.json": {
      architectures: ["BertForSequenceClassification"],
      ...networkOf(config),
      id2label: { 0: "LABEL_0" },
      label2id: { LABEL_0: 0 },
      sentence_transformers: { activation_fn },
    },
    "config_sentence_transformers.json": { model_type: "CrossEncoder", activation_fn, prompts: {}, default_prompt_name: null },
  };
  for (const [name, content] of Object.entries(files)) writeObject(path.join(folder, name), content);
}

const networkOf = (config: EncoderConfig): object => {
  return {
    model_type: config.architecture,
    hidden_size: config.width,
    intermediate_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    vocab_size: config.vocabSize,
    max_position_embeddings: config.positions,
    type_vocab_size: config.segments,
    layer_norm_eps: config.layerNormEpsilon,
    hidden_act: "gelu",
    position_embedding_type: "absolute",
    pad_token_id: config.architecture === "xlm-roberta" ? config.firstPosition - 1 : 0,
  };
};
