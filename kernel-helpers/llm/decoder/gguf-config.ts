/** A decoder's shape from the metadata of a GGUF file (github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
import type { Gguf } from "../../checkpoints/index.ts";
import { findArchitecture } from "./architectures.ts";
import { checkSizes, unsupported, type DecoderConfig } from "./config.ts";
import type { RopeScaling } from "./rotary.ts";

export function configOfGguf(file: Gguf): DecoderConfig {
  const { name: architecture, norm, activation, positions, ...traits } = findArchitecture(file.text("general.architecture"), file.file);
  if (traits.hub?.isFused) throw unsupported(file.file, `matrices fused as in GGUF files of ${architecture}; a folder of the hub works`);
  const number = (key: string, fallback?: number): number => file.number(`${architecture}.${key}`, fallback);
  const [heads, width, layers] = [number("attention.head_count"), number("embedding_length"), number("block_count")];
  const headSize = number("attention.key_length", width / heads);
  const turned = number("rope.dimension_count", headSize);
  if (turned !== headSize) throw unsupported(file.file, `rotary positions of ${turned} numbers of ${headSize}`);
  const ropeScaling = scalingOf(file, architecture);
  const sliding = slidingOf(architecture, layers, number);
  const config: DecoderConfig = {
    architecture,
    norm,
    activation,
    positions,
    layers,
    width,
    heads,
    numKeyValueHeads: number("attention.head_count_kv", heads),
    headSize,
    vocabSize: file.info("token_embd.weight").shape[0]!,
    contextLength: number("context_length"),
    ropeBase: number("rope.freq_base", 10_000),
    ...(ropeScaling && { ropeScaling }),
    isRopeInterleaved: traits.isInterleavedInGguf ?? false,
    normEpsilon: number(norm === "rms" ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"),
    hasHeadNorm: file.has("blk.0.attn_q_norm.weight"),
    isTied: !file.has("output.weight"),
    embeddingScale: traits.scalesEmbeddings ? Math.sqrt(width) : 1,
    // Gemma 3 of 27 billion parameters, of which llama.cpp knows by its layers: the file does not say it.
    ...(architecture === "gemma3" && layers === 62 && { attentionScale: Math.sqrt(heads / width) }),
    ...(sliding && { sliding }),
    ...(number("expert_count", 0) > 0 && {
      experts: { count: number("expert_count"), used: number("expert_used_count"), normalizes: architecture !== "qwen2moe" }, // llama.cpp knows by itself
    }),
  };
  return checkSizes(config, file.file);
}

/** Gemma 3's files tell the window; that five of six layers have it, and the base of their angles, llama.cpp knows by itself. */
function slidingOf(architecture: string, layers: number, number: (key: string, fallback?: number) => number): DecoderConfig["sliding"] {
  if (architecture !== "gemma3") return undefined;
  return {
    window: number("attention.sliding_window"),
    layers: Array.from({ length: layers }, (_, layer) => (layer + 1) % 6 !== 0),
    ropeBase: number("rope.freq_base_swa", 10_000),
  };
}

function scalingOf(file: Gguf, architecture: string): RopeScaling | undefined {
  const number = (key: string, fallback?: number): number => file.number(`${architecture}.rope.scaling.${key}`, fallback);
  if (file.has("rope_freqs.weight")) return { type: "listed", divisors: file.readFloat32("rope_freqs.weight") };
  const type = file.text(`${architecture}.rope.scaling.type`, "none");
  if (type === "none") return undefined;
  if (type === "linear") return { type, factor: number("factor") };
  if (type !== "yarn") throw unsupported(file.file, `scaled rotary positions (${type})`);
  const factor = number("factor");
  return {
    type,
    factor,
    originalContextLength: number("original_context_length"),
    betaFast: number("yarn_beta_fast", 32),
    betaSlow: number("yarn_beta_slow", 1),
    attentionFactor: number("attn_factor", 1) * (0.1 * Math.log(factor) + 1),
  };
}
