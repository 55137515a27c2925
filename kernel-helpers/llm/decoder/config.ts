/** The shape of a decoder of the Llama family, as its checkpoint tells it. */
import type { Gguf } from "../../checkpoints/index.ts";
import { FormatError, UnavailableError } from "../../errors.ts";

export interface DecoderConfig {
  /** "llama", "qwen2", "qwen3". */
  architecture: string;
  layers: number;
  /** Of the residual stream, D. */
  width: number;
  heads: number;
  /** Fewer than heads: grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245). */
  numKeyValueHeads: number;
  /** Numbers of a head. */
  headSize: number;
  vocabSize: number;
  /** Tokens that the model was trained to look back on. */
  contextLength: number;
  /** Base of the rotary angles (Su et al. 2021, arXiv:2104.09864). */
  ropeBase: number;
  /** Whether neighbours turn together (as in the paper; llama.cpp arranges Llama's weights so), or numbers half a head apart. */
  isRopeInterleaved: boolean;
  normEpsilon: number;
  /** Whether queries and keys are normalised head by head, as in Qwen 3. */
  hasHeadNorm: boolean;
  /** Whether the logits are taken with the embeddings' own weights. */
  isTied: boolean;
}

/** What must be a count: with NaN, 0 or a fraction the model would be another one, or none. */
const counts = ["layers", "width", "heads", "numKeyValueHeads", "headSize", "vocabSize", "contextLength"] as const;

/**
 * @throws {FormatError} A size that cannot be, or heads that do not divide.
 * @throws {UnavailableError} Heads of a size that ONNX Runtime's attention does not have.
 */
function checkSizes<Config extends Pick<DecoderConfig, (typeof counts)[number]>>(config: Config, file: string): Config {
  const wrong = (problem: string, facts: Record<string, unknown>): FormatError =>
    new FormatError(`${file} is not the file of a decoder: ${problem}`, { hint: "get the file again", facts: { file, ...facts } });
  for (const name of counts) {
    if (Number.isSafeInteger(config[name]) && config[name] >= 1) continue;
    throw wrong(`its ${name} must be an integer ≥ 1, got ${config[name]}`, { [name]: config[name] });
  }
  const { heads, numKeyValueHeads, headSize } = config;
  if (headSize % 16 !== 0) throw unsupported(file, `heads of ${headSize} numbers, not a multiple of 16`);
  if (heads % numKeyValueHeads === 0) return config;
  throw wrong(`${heads} heads cannot share ${numKeyValueHeads} key-value heads`, { heads, numKeyValueHeads });
}

const architectures = ["llama", "qwen2", "qwen3"];

export function configOfGguf(file: Gguf): DecoderConfig {
  const architecture = file.text("general.architecture");
  checkArchitecture(architecture, file.file);
  const number = (key: string, fallback?: number): number => file.number(`${architecture}.${key}`, fallback);
  if (file.metadata[`${architecture}.rope.scaling.type`] !== undefined && file.text(`${architecture}.rope.scaling.type`) !== "none") {
    throw unsupported(file.file, `scaled rotary positions (${file.text(`${architecture}.rope.scaling.type`)})`);
  }
  if (file.has("rope_freqs.weight")) throw unsupported(file.file, "rotary frequencies of their own (rope_freqs)");
  const [heads, width] = [number("attention.head_count"), number("embedding_length")];
  const config = {
    architecture,
    layers: number("block_count"),
    width,
    heads,
    numKeyValueHeads: number("attention.head_count_kv", heads),
    headSize: number("attention.key_length", width / heads),
    vocabSize: file.info("token_embd.weight").shape[0]!,
    contextLength: number("context_length"),
    ropeBase: number("rope.freq_base", 10_000),
    isRopeInterleaved: architecture === "llama",
    normEpsilon: number("attention.layer_norm_rms_epsilon"),
    hasHeadNorm: file.has("blk.0.attn_q_norm.weight"),
    isTied: !file.has("output.weight"),
  };
  return checkSizes(config, file.file);
}

/** From the hub's config.json; whether the head is tied and heads are normalised, the weights tell. */
export function configOfHub(config: Record<string, unknown>, file: string): Omit<DecoderConfig, "hasHeadNorm" | "isTied"> {
  const number = (key: string, fallback?: number): number => {
    const value = config[key] ?? fallback;
    if (typeof value === "number") return value;
    throw new FormatError(`${file} has no number "${key}"`, { hint: "this is not the config.json of a decoder", facts: { file, key } });
  };
  const architecture = String(config["model_type"]);
  checkArchitecture(architecture, file);
  const rope = (config["rope_parameters"] ?? config["rope_scaling"] ?? {}) as Record<string, unknown>;
  const scaling = rope["rope_type"] ?? rope["type"] ?? "default";
  if (scaling !== "default") throw unsupported(file, `scaled rotary positions (${JSON.stringify(scaling)})`);
  const [heads, width] = [number("num_attention_heads"), number("hidden_size")];
  const sizes = {
    architecture,
    layers: number("num_hidden_layers"),
    width,
    heads,
    numKeyValueHeads: number("num_key_value_heads", heads),
    headSize: number("head_dim", width / heads),
    vocabSize: number("vocab_size"),
    contextLength: number("max_position_embeddings"),
    ropeBase: typeof rope["rope_theta"] === "number" ? rope["rope_theta"] : number("rope_theta", 10_000),
    isRopeInterleaved: false,
    normEpsilon: number("rms_norm_eps"),
  };
  return checkSizes(sizes, file);
}

function checkArchitecture(architecture: string, file: string): void {
  if (architectures.includes(architecture)) return;
  throw new UnavailableError(`${file} is a model of architecture "${architecture}"`, {
    hint: `architectures that can be run: ${architectures.join(", ")}`,
    facts: { file, architecture },
  });
}

const unsupported = (file: string, what: string): UnavailableError =>
  new UnavailableError(`${file} needs ${what}, which cannot be run yet`, { hint: "use transformers.js for this model", facts: { file } });
