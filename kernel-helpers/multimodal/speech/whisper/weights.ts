/** A Whisper's weights by transformers' names without "model.", such as "encoder.layers.0.fc1.weight", out of CTranslate2's file or a folder as on the hub. */
import { existsSync } from "node:fs";
import path from "node:path";
import { openSafetensors } from "../../../checkpoints/index.ts";
import { FormatError } from "../../../errors.ts";
import { argumentError } from "../../../runtime/check.ts";
import type { WhisperConfig } from "./config.ts";
import { floatsOf, integerOf, readCtranslate2, type Ctranslate2File, type Variable } from "./ctranslate2-file.ts";
import { readObject } from "./json-file.ts";

export interface WhisperWeights extends AsyncDisposable {
  config: WhisperConfig;
  has(name: string): boolean;
  shape(name: string): readonly number[];
  float32(name: string): Promise<Float32Array>;
}

/** @param folder With CTranslate2's model.bin, or with config.json and safetensors. */
export async function openWhisperWeights(folder: string): Promise<WhisperWeights> {
  const file = path.join(folder, "model.bin");
  if (existsSync(file)) return ctranslate2Weights(await readCtranslate2(file), file);
  if (existsSync(path.join(folder, "config.json"))) return hubWeights(folder);
  throw argumentError("place", "a folder with a Whisper's model.bin, or config.json and model.safetensors", folder);
}

async function hubWeights(folder: string): Promise<WhisperWeights> {
  const config = await readObject(path.join(folder, "config.json"));
  if (config["model_type"] !== "whisper")
    throw new FormatError(`${folder} has a ${String(config["model_type"])}, not a Whisper`, { hint: "pass a Whisper" });
  const size = (name: string): number => Number(config[name]);
  const checkpoint = await openSafetensors(folder);
  const named = (name: string): string => `model.${name}`;
  return {
    config: {
      width: size("d_model"),
      encoderLayers: size("encoder_layers"),
      encoderHeads: size("encoder_attention_heads"),
      decoderLayers: size("decoder_layers"),
      decoderHeads: size("decoder_attention_heads"),
      vocabSize: size("vocab_size"),
      bands: size("num_mel_bins"),
      audioPositions: size("max_source_positions"),
      textPositions: size("max_target_positions"),
    },
    has: (name) => checkpoint.has(named(name)),
    shape: (name) => checkpoint.info(named(name)).shape,
    float32: (name) => checkpoint.readFloat32(named(name)),
    [Symbol.asyncDispose]: () => checkpoint.close(),
  };
}

function ctranslate2Weights({ spec, variables }: Ctranslate2File, file: string): WhisperWeights {
  const problem = (what: string): FormatError =>
    new FormatError(`${file} ${what}`, { hint: "pass a Whisper in CTranslate2's format", facts: { file, spec } });
  if (spec !== "WhisperSpec") throw problem(`holds a ${spec}, not a Whisper`);
  const variable = (name: string): Variable => {
    const found = variables.get(name);
    if (found) return found;
    throw problem(`has no "${name}"`);
  };
  const layersOf = (side: string): number =>
    new Set([...variables.keys()].flatMap((name) => new RegExp(`^${side}/layer_(\\d+)/`).exec(name)?.[1] ?? [])).size;
  const [width, bands] = variable("encoder/conv1/weight").shape as [number, number];
  const config: WhisperConfig = {
    width,
    encoderLayers: layersOf("encoder"),
    encoderHeads: integerOf(variable("encoder/num_heads")),
    decoderLayers: layersOf("decoder"),
    decoderHeads: integerOf(variable("decoder/num_heads")),
    vocabSize: variable("decoder/embeddings/weight").shape[0]!,
    bands,
    audioPositions: variable("encoder/position_encodings/encodings").shape[0]!,
    textPositions: variable("decoder/position_encodings/encodings").shape[0]!,
  };
  const find = (name: string): { variable: Variable; rows: { start: number; end: number } } => {
    const { name: theirs, part } = ctranslate2Name(name);
    const found = variable(theirs);
    const rows = part === undefined ? { start: 0, end: found.shape[0] ?? 1 } : { start: part * width, end: (part + 1) * width };
    return { variable: found, rows };
  };
  return {
    config,
    has: (name) => variables.has(ctranslate2Name(name).name),
    shape: (name) => {
      const { variable: found, rows } = find(name);
      return [rows.end - rows.start, ...found.shape.slice(1)];
    },
    float32: (name) => {
      const { variable: found, rows } = find(name);
      return Promise.resolve(floatsOf(found, rows));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const attentions: Readonly<Record<string, string>> = { self_attn: "self_attention", encoder_attn: "attention" };

/** Where CTranslate2 has a weight, and which part of it, for queries, keys and values stand one below the other. */
function ctranslate2Name(name: string): { name: string; part?: number } {
  const kind = name.endsWith(".bias") ? "bias" : "weight";
  const [side, , layer, block, part] = name.split(".") as [string, string, string, string, string];
  if (!name.includes(".layers.")) return { name: outerName(name) };
  const at = `${side}/layer_${layer}`;
  if (block === "fc1" || block === "fc2") return { name: `${at}/ffn/linear_${block === "fc1" ? 0 : 1}/${kind}` };
  const normKind = kind === "bias" ? "beta" : "gamma";
  if (block.endsWith("layer_norm")) {
    const of = attentions[block.replace("_layer_norm", "")] ?? "ffn";
    return { name: `${at}/${of}/layer_norm/${normKind}` };
  }
  const attention = `${at}/${attentions[block]!}`;
  if (block === "self_attn") {
    if (part === "out_proj") return { name: `${attention}/linear_1/${kind}` };
    return { name: `${attention}/linear_0/${kind}`, part: ["q_proj", "k_proj", "v_proj"].indexOf(part) };
  }
  if (part === "out_proj") return { name: `${attention}/linear_2/${kind}` };
  if (part === "q_proj") return { name: `${attention}/linear_0/${kind}` };
  return { name: `${attention}/linear_1/${kind}`, part: part === "k_proj" ? 0 : 1 };
}

function outerName(name: string): string {
  const [side, part, kind] = name.split(".") as [string, string, string];
  if (part === "embed_tokens") return `decoder/embeddings/${kind}`;
  if (part === "embed_positions") return `${side}/position_encodings/encodings`;
  if (part === "layer_norm") return `${side}/layer_norm/${kind === "bias" ? "beta" : "gamma"}`;
  return `${side}/${part}/${kind}`;
}
