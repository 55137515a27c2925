/** A decoder's shape from the config.json of a folder laid out as on the hub (transformers' configuration classes name the keys). */
import { FormatError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { findArchitecture, type Architecture } from "./architectures.ts";
import { checkSizes, unsupported, type DecoderConfig } from "./config.ts";
import type { RopeScaling } from "./rotary.ts";

type Json = Readonly<Record<string, unknown>>;

/** GPT-2's own names of what the others call otherwise. */
const gpt2Keys: Readonly<Record<string, string>> = {
  num_attention_heads: "n_head",
  hidden_size: "n_embd",
  num_hidden_layers: "n_layer",
  max_position_embeddings: "n_positions",
};

/** What transformers takes where a file leaves it out, as those of Gemma 3 do. */
const defaults: Readonly<Record<string, Json>> = {
  gemma3: {
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    vocab_size: 262_208,
    max_position_embeddings: 131_072,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
  },
};

const activations: Readonly<Record<Architecture["activation"], readonly unknown[]>> = {
  silu: ["silu", "swish"],
  gelu: ["gelu_pytorch_tanh", "gelu_new"],
};

/** Whether the head is tied and heads are normalised, the weights tell. */
export function configOfHub(content: Json, file: string): Omit<DecoderConfig, "hasHeadNorm" | "isTied"> {
  const text = isPlainObject(content["text_config"]) ? content["text_config"] : content; // models that see have two parts
  const { name: architecture, norm, activation, positions, ...traits } = findArchitecture(String(content["model_type"]), file);
  const config: Json = { ...defaults[architecture], ...text };
  const number = (key: string, fallback?: number): number =>
    numberAt(config, gpt2Keys[key] !== undefined && architecture === "gpt2" ? gpt2Keys[key] : key, file, fallback);
  refuseOptions(config, activation, file);
  const rope = ropeOf(config);
  const scaling = scalingOf(rope, number("max_position_embeddings"), file);
  const longest = scaling?.type === "yarn" ? scaling.factor * scaling.originalContextLength : 0;
  const [heads, width, layers] = [number("num_attention_heads"), number("hidden_size"), number("num_hidden_layers")];
  const sliding = slidingOf(config, architecture, layers, number);
  const sizes = {
    architecture,
    norm,
    activation,
    positions,
    layers,
    width,
    heads,
    numKeyValueHeads: number("num_key_value_heads", heads),
    headSize: number("head_dim", width / heads),
    vocabSize: number("vocab_size"),
    contextLength: scaling?.type === "longrope" ? scaling.originalContextLength : Math.max(number("max_position_embeddings"), longest),
    ropeBase: numberAt(rope, "rope_theta", file, 10_000),
    ...(scaling && { ropeScaling: scaling }),
    isRopeInterleaved: false,
    normEpsilon: number(norm === "rms" ? "rms_norm_eps" : "layer_norm_epsilon"),
    embeddingScale: traits.scalesEmbeddings ? Math.sqrt(width) : 1,
    ...(config["query_pre_attn_scalar"] !== undefined && { attentionScale: 1 / Math.sqrt(number("query_pre_attn_scalar")) }),
    ...(sliding && { sliding }),
    ...(traits.experts && {
      experts: {
        count: number("num_experts", number("num_local_experts", NaN)),
        used: number("num_experts_per_tok"),
        normalizes: traits.experts === "normalized" || config["norm_topk_prob"] === true,
      },
    }),
  };
  return checkSizes(sizes, file);
}

function numberAt(content: Json, key: string, file: string, fallback?: number): number {
  const value = content[key] ?? fallback;
  if (typeof value === "number") return value;
  throw new FormatError(`${file} has no number "${key}"`, { hint: "this is not the config.json of a decoder", facts: { file, key } });
}

/** Options of transformers that change the model, and that no published model of these architectures sets. */
function refuseOptions(config: Json, activation: Architecture["activation"], file: string): void {
  const named = config["hidden_activation"] ?? config["hidden_act"] ?? config["activation_function"];
  if (named !== undefined && !activations[activation].includes(named)) throw unsupported(file, `the activation ${shown(named)}`);
  for (const key of [
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "use_bidirectional_attention",
    "scale_attn_by_inverse_layer_idx",
  ]) {
    if (config[key]) throw unsupported(file, `${key}: ${shown(config[key])}`);
  }
  if (config["scale_attn_weights"] === false) throw unsupported(file, "scale_attn_weights: false");
}

/** Base and scaling of the layers that see everything: an object of their own since transformers 5, by kind of layer where there are two. */
function ropeOf(config: Json): Json {
  const given = config["rope_parameters"] ?? config["rope_scaling"];
  const rope = isPlainObject(given) ? given : {};
  const outside = ["rope_theta", "partial_rotary_factor", "original_max_position_embeddings"].map((key) => [key, config[key]]);
  return { ...Object.fromEntries(outside), ...(isPlainObject(rope["full_attention"]) ? rope["full_attention"] : rope) };
}

function scalingOf(rope: Json, contextLength: number, file: string): RopeScaling | undefined {
  const number = (key: string, fallback?: number): number => numberAt(rope, key, file, fallback);
  if (number("partial_rotary_factor", 1) !== 1) throw unsupported(file, "rotary positions of a part of each head");
  const type = rope["rope_type"] ?? rope["type"] ?? "default";
  const originalContextLength = number("original_max_position_embeddings", contextLength);
  switch (type) {
    case "default":
      return undefined;
    case "linear":
      return { type: "linear", factor: number("factor") };
    case "llama3":
      return {
        type: "llama3",
        factor: number("factor"),
        lowFrequencyFactor: number("low_freq_factor"),
        highFrequencyFactor: number("high_freq_factor"),
        originalContextLength,
      };
    case "yarn": {
      if (rope["mscale"] || rope["truncate"] === false) throw unsupported(file, "scaled rotary positions as DeepSeek has them");
      const factor = number("factor");
      const attentionFactor = number("attention_factor", 0.1 * Math.log(factor) + 1);
      return {
        type: "yarn",
        factor,
        originalContextLength,
        betaFast: number("beta_fast", 32),
        betaSlow: number("beta_slow", 1),
        attentionFactor,
      };
    }
    case "longrope":
    case "su": {
      const divisors = rope["short_factor"];
      if (!Array.isArray(divisors) || !divisors.every((one) => typeof one === "number")) {
        throw new FormatError(`${file} has no list "short_factor" of numbers`, { hint: "get the file again", facts: { file } });
      }
      const factor = contextLength / originalContextLength;
      const attentionFactor = factor > 1 ? Math.sqrt(1 + Math.log(factor) / Math.log(originalContextLength)) : 1;
      return {
        type: "longrope",
        divisors: Float32Array.from(divisors),
        originalContextLength,
        attentionFactor: number("attention_factor", attentionFactor),
      };
    }
    default:
      throw unsupported(file, `scaled rotary positions (${shown(type)})`);
  }
}

/** Which layers see only the last tokens, if any. */
function slidingOf(
  config: Json,
  architecture: string,
  layers: number,
  number: (key: string, fallback?: number) => number,
): DecoderConfig["sliding"] {
  const [isGemma, isQwen] = [architecture === "gemma3", architecture.startsWith("qwen")];
  if (typeof config["sliding_window"] !== "number" || (isQwen && config["use_sliding_window"] !== true)) return undefined;
  const types = config["layer_types"];
  const isSliding = (layer: number): boolean => {
    if (Array.isArray(types)) return types[layer] === "sliding_attention";
    if (isGemma) return (layer + 1) % number("sliding_window_pattern", 6) !== 0;
    return !isQwen || layer >= number("max_window_layers", 28);
  };
  const rope = isPlainObject(config["rope_parameters"]) ? config["rope_parameters"]["sliding_attention"] : undefined;
  const base = isPlainObject(rope) && typeof rope["rope_theta"] === "number" ? rope["rope_theta"] : undefined;
  return {
    window: number("sliding_window"),
    layers: Array.from({ length: layers }, (_, layer) => isSliding(layer)),
    ...(isGemma && { ropeBase: base ?? number("rope_local_base_freq", 10_000) }),
  };
}
