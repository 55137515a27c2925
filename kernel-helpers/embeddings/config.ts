/** What a model's configuration files say about its network, checked against what can be built. */
import path from "node:path";
import { FormatError } from "../errors.ts";
import { isPlainObject, shown } from "../runtime/check.ts";
import { readObject, readOptional } from "./json-file.ts";

/** What all encoders have. */
export interface EncoderSettings {
  /** Length of a token's vector, D. */
  width: number;
  /** Longer texts are cut, as sentence-transformers does. */
  maxTokens: number;
  /** A text's vector is the mean of those of its tokens, that of the first, or that of the last. */
  pooling: "mean" | "cls" | "lasttoken";
  /** The lengths that vectors may be cut to, where the files name them. */
  dimensions?: readonly number[];
  /** Whether vectors are made as long as 1. */
  normalize: boolean;
  /** What is put before texts, by the names of purposes, such as "query". */
  prompts: Readonly<Record<string, string>>;
  /** The one that is taken where none is named. */
  defaultPrompt?: string;
}

/** And a BERT's sizes. */
export interface EncoderConfig extends EncoderSettings {
  architecture: "bert" | "xlm-roberta";
  layers: number;
  heads: number;
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
  pooling: "mean" | "cls";
}

/** @throws {FormatError} The model is not a BERT with a pooling that can be built. Facts: key, expected, value. */
export async function readConfig(folder: string): Promise<EncoderConfig> {
  const bert = await readObject(path.join(folder, "config.json"));
  if (decoders.includes(String(bert["model_type"]))) throw needsDecoder(bert["model_type"]);
  const isRoberta = bert["model_type"] === "xlm-roberta" || bert["model_type"] === "roberta";
  demand(bert, { model_type: isRoberta ? bert["model_type"] : "bert", hidden_act: "gelu" });
  if (bert["position_embedding_type"] !== undefined) demand(bert, { position_embedding_type: "absolute" });
  const positions = size(bert, "max_position_embeddings");
  const firstPosition = isRoberta ? size(bert, "pad_token_id") + 1 : 0;
  const { pooling, ...settings } = await readSettings(folder, bert, positions - firstPosition);
  if (pooling === "lasttoken") throw unknownPooling([pooling], ["mean", "cls"]);
  return {
    architecture: isRoberta ? "xlm-roberta" : "bert",
    layers: size(bert, "num_hidden_layers"),
    heads: size(bert, "num_attention_heads"),
    hidden: size(bert, "intermediate_size"),
    vocabSize: size(bert, "vocab_size"),
    positions,
    firstPosition,
    segments: size(bert, "type_vocab_size"),
    layerNormEpsilon: above0(bert, "layer_norm_eps"),
    pooling,
    ...settings,
  };
}

const decoders = ["qwen2", "qwen3", "llama", "mistral"];

const needsDecoder = (type: unknown): FormatError =>
  new FormatError(`the model is a decoder, of type ${shown(type)}`, {
    hint: "load it with { decoder: async folder => new Llama(await readLlama(folder)) }, both from kernel-helpers/llm",
    facts: { key: "model_type", value: type },
  });

/**
 * @param config What config.json contains.
 * @param most How many tokens the network can read.
 */
export async function readSettings(folder: string, config: Record<string, unknown>, most?: number): Promise<EncoderSettings> {
  const optional = async (name: string): Promise<Record<string, unknown>> => {
    const content = await readOptional(folder, name);
    return isPlainObject(content) ? content : {};
  };
  const [sentence, tokenizer] = [await optional("sentence_bert_config.json"), await optional("tokenizer_config.json")];
  const [limit] = [sentence["max_seq_length"], tokenizer["model_max_length"]].filter((known) => typeof known === "number");
  const dimensions = config["matryoshka_dimensions"];
  return {
    width: size(config, "hidden_size"),
    maxTokens: Math.min(most ?? size(config, "max_position_embeddings"), limit ?? Infinity),
    pooling: readPooling(await optional("1_Pooling/config.json")),
    ...(Array.isArray(dimensions) && { dimensions: dimensions as number[] }),
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

function readPooling(pooling: Record<string, unknown>): EncoderSettings["pooling"] {
  const named = Object.keys(poolingKeys).filter((key) => pooling[key] === true);
  const modes = [pooling["pooling_mode"] ?? (named.length > 0 ? named.map((key) => poolingKeys[key]) : "mean")].flat();
  const known = ["mean", "cls", "lasttoken"] as const;
  const mode = known.find((one) => one === modes[0]);
  if (modes.length !== 1 || mode === undefined) throw unknownPooling(modes, known);
  if (pooling["include_prompt"] !== undefined) demand(pooling, { include_prompt: true });
  return mode;
}

const unknownPooling = (modes: readonly unknown[], known: readonly string[]): FormatError =>
  new FormatError(`the model has the pooling ${modes.map(shown).join(" and ")}`, {
    hint: `an encoder can be built for ${known.join(", ")}`,
    facts: { key: "pooling_mode", expected: known, value: modes },
  });

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

function readPrompts(config: Record<string, unknown>): Pick<EncoderSettings, "prompts" | "defaultPrompt"> {
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
