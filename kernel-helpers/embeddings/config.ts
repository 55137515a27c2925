/** What a model's configuration files say about its network, checked against what can be built. */
import path from "node:path";
import { FormatError } from "../errors.ts";
import { isPlainObject, shown } from "../runtime/check.ts";
import { readObject, readOptional } from "./json-file.ts";

export interface EncoderConfig {
  architecture: "bert" | "xlm-roberta";
  layers: number;
  heads: number;
  /** Length of a token's vector, D. */
  width: number;
  /** Length between the two linear layers of a block's feed-forward network. */
  hidden: number;
  vocabSize: number;
  /** Rows of the table of positions. */
  positions: number;
  /** Which of them is that of the first token: 0, or in XLM-R the one behind that of padding. */
  firstPosition: number;
  /** Rows of the table of segments; the first is that of every token of a single text. */
  segments: number;
  layerNormEpsilon: number;
  /** Longer texts are cut, as sentence-transformers does. */
  maxTokens: number;
  /** A text's vector is the mean of those of its tokens, or that of the first. */
  pooling: "mean" | "cls";
  /** The lengths that vectors may be cut to, where the files name them. */
  dimensions?: readonly number[];
  /** Whether vectors are made as long as 1. */
  normalize: boolean;
  /** What is put before texts, by the names of purposes, such as "query". */
  prompts: Readonly<Record<string, string>>;
  /** The one that is taken where none is named. */
  defaultPrompt?: string;
}

/** @throws {FormatError} The model is not a BERT with a pooling that can be built. Facts: key, expected, value. */
export async function readConfig(folder: string): Promise<EncoderConfig> {
  const optional = async (name: string): Promise<Record<string, unknown>> => {
    const content = await readOptional(folder, name);
    return isPlainObject(content) ? content : {};
  };
  const bert = await readObject(path.join(folder, "config.json"));
  const sentence = await optional("sentence_bert_config.json");
  const tokenizer = await optional("tokenizer_config.json");
  const isRoberta = bert["model_type"] === "xlm-roberta" || bert["model_type"] === "roberta";
  demand(bert, { model_type: isRoberta ? bert["model_type"] : "bert", hidden_act: "gelu" });
  if (bert["position_embedding_type"] !== undefined) demand(bert, { position_embedding_type: "absolute" });
  const positions = size(bert, "max_position_embeddings");
  const firstPosition = isRoberta ? size(bert, "pad_token_id") + 1 : 0;
  const limits = [sentence["max_seq_length"], tokenizer["model_max_length"]].filter((limit) => typeof limit === "number");
  return {
    architecture: isRoberta ? "xlm-roberta" : "bert",
    layers: size(bert, "num_hidden_layers"),
    heads: size(bert, "num_attention_heads"),
    width: size(bert, "hidden_size"),
    hidden: size(bert, "intermediate_size"),
    vocabSize: size(bert, "vocab_size"),
    positions,
    firstPosition,
    segments: size(bert, "type_vocab_size"),
    layerNormEpsilon: above0(bert, "layer_norm_eps"),
    maxTokens: Math.min(positions - firstPosition, limits[0] ?? Infinity),
    ...readPooling(await optional("1_Pooling/config.json")),
    ...(Array.isArray(bert["matryoshka_dimensions"]) && { dimensions: bert["matryoshka_dimensions"] as number[] }),
    normalize: isNormalized(await readOptional(folder, "modules.json")),
    ...readPrompts(await optional("config_sentence_transformers.json")),
  };
}

/** Before version 6, sentence-transformers wrote one key for each kind of pooling. */
const poolingKeys: Readonly<Record<string, string>> = {
  pooling_mode_cls_token: "cls",
  pooling_mode_mean_tokens: "mean",
  pooling_mode_max_tokens: "max",
  pooling_mode_mean_sqrt_len_tokens: "mean_sqrt_len_tokens",
  pooling_mode_weightedmean_tokens: "weightedmean",
  pooling_mode_lasttoken: "lasttoken",
};

function readPooling(pooling: Record<string, unknown>): Pick<EncoderConfig, "pooling"> {
  const named = Object.keys(poolingKeys).filter((key) => pooling[key] === true);
  const modes = [pooling["pooling_mode"] ?? (named.length > 0 ? named.map((key) => poolingKeys[key]) : "mean")].flat();
  const [mode] = modes;
  if (modes.length !== 1 || (mode !== "mean" && mode !== "cls")) {
    throw new FormatError(`the model has the pooling ${modes.map(shown).join(" and ")}`, {
      hint: 'an encoder can be built for "mean" and "cls"',
      facts: { key: "pooling_mode", expected: ["mean", "cls"], value: modes },
    });
  }
  if (pooling["include_prompt"] !== undefined) demand(pooling, { include_prompt: true });
  return { pooling: mode };
}

/** Whether vectors are made as long as 1: a module says so where the list of modules is there, and without one they are. */
function isNormalized(modules: unknown): boolean {
  if (!Array.isArray(modules)) return true;
  const types = modules.map((module: unknown) => (isPlainObject(module) ? String(module["type"]).split(".").at(-1)! : shown(module)));
  const known = ["Transformer", "Pooling", "Normalize"];
  const other = types.find((type) => !known.includes(type));
  if (other === undefined) return types.includes("Normalize");
  throw new FormatError(`the model has a module of type ${other}`, {
    hint: `an encoder can be built of ${known.join(", ")}`,
    facts: { key: "type", expected: known, value: other },
  });
}

function readPrompts(config: Record<string, unknown>): Pick<EncoderConfig, "prompts" | "defaultPrompt"> {
  const given = isPlainObject(config["prompts"]) ? config["prompts"] : {};
  const prompts = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  const named = config["default_prompt_name"];
  return { prompts, ...(typeof named === "string" && named in prompts ? { defaultPrompt: named } : {}) };
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
