/** What a model's configuration files say about its network, checked against what the graph builder can build. */
import { FormatError } from "../errors.ts";
import { shown } from "../runtime/check.ts";
import { readObject } from "./word-piece.ts";

export interface Architecture {
  layers: number;
  heads: number;
  /** Length of a token's vector. */
  width: number;
  layerNormEpsilon: number;
  /** Longer texts are cut, as sentence-transformers does. */
  maxTokens: number;
}

/** @throws {FormatError} The model is not a BERT with mean pooling. Facts: key, expected, value. */
export async function readArchitecture(files: Record<string, string>): Promise<Architecture> {
  const [bert, sentence, pooling] = await Promise.all(
    ["config.json", "sentence_bert_config.json", "1_Pooling/config.json"].map((name) => readObject(files[name]!)),
  );
  demand(bert!, { model_type: "bert", hidden_act: "gelu", position_embedding_type: "absolute" });
  demand(pooling!, { pooling_mode_mean_tokens: true, pooling_mode_cls_token: false, pooling_mode_max_tokens: false });
  return {
    layers: size(bert!, "num_hidden_layers"),
    heads: size(bert!, "num_attention_heads"),
    width: size(bert!, "hidden_size"),
    layerNormEpsilon: above0(bert!, "layer_norm_eps"),
    maxTokens: Math.min(size(sentence!, "max_seq_length"), size(bert!, "max_position_embeddings")),
  };
}

function demand(config: Record<string, unknown>, wanted: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(wanted)) {
    if (config[key] === value) continue;
    throw new FormatError(`the model has ${key} ${shown(config[key])}`, {
      hint: `an encoder can be built for ${key} ${JSON.stringify(value)} only`,
      facts: { key, expected: value, value: config[key] },
    });
  }
}

function size(config: Record<string, unknown>, key: string): number {
  const value = above0(config, key);
  if (Number.isInteger(value)) return value;
  throw new FormatError(`the model has ${key} ${value}`, { hint: "it must be an integer > 0", facts: { key, value } });
}

function above0(config: Record<string, unknown>, key: string): number {
  const value = config[key];
  if (typeof value === "number" && value > 0 && value < Infinity) return value;
  throw new FormatError(`the model has ${key} ${shown(value)}`, { hint: "it must be a number > 0", facts: { key, value } });
}
