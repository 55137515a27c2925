/** The shape of a decoder, as its checkpoint tells it. */
import { FormatError, UnavailableError } from "../../errors.ts";
import type { Architecture } from "./architectures.ts";
import type { RopeScaling } from "./rotary.ts";

export interface DecoderConfig extends Pick<Architecture, "norm" | "activation" | "positions"> {
  /** As GGUF files call it: "llama", "qwen2", "qwen3", "phi3", "gemma3", "gpt2", "qwen2moe", "qwen3moe"; and "mixtral", which they call "llama". */
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
  /** How rotary angles are stretched for long texts. */
  ropeScaling?: RopeScaling;
  /** Whether neighbours turn together (as in the paper; llama.cpp arranges Llama's weights so), or numbers half a head apart. */
  isRopeInterleaved: boolean;
  normEpsilon: number;
  /** Whether queries and keys are normalised head by head, as in Qwen 3. */
  hasHeadNorm: boolean;
  /** Whether the logits are taken with the embeddings' own weights. */
  isTied: boolean;
  /** Of layers that have experts in the place of one feed-forward network. */
  experts?: ExpertsConfig;
  /** What embeddings are multiplied by. */
  embeddingScale: number;
  /** What products of queries and keys are multiplied by. @default 1/√headSize */
  attentionScale?: number;
  /** Layers whose tokens see only the last ones, themselves included; their rotary angles may have a base of their own, and are not stretched then. */
  sliding?: { window: number; layers: readonly boolean[]; ropeBase?: number };
}

export interface ExpertsConfig {
  count: number;
  /** How many a token goes to. */
  used: number;
  /** Whether their weights are scaled to add up to 1. */
  normalizes: boolean;
}

/** What must be a count: with NaN, 0 or a fraction the model would be another one, or none. */
const counts = ["layers", "width", "heads", "numKeyValueHeads", "headSize", "vocabSize", "contextLength"] as const;

/**
 * @throws {FormatError} A size that cannot be, or heads that do not divide.
 * @throws {UnavailableError} Heads of a size that ONNX Runtime's attention does not have.
 */
export function checkSizes<Config extends Pick<DecoderConfig, (typeof counts)[number] | "experts">>(config: Config, file: string): Config {
  const wrong = (problem: string, facts: Record<string, unknown>): FormatError =>
    new FormatError(`${file} is not the file of a decoder: ${problem}`, { hint: "get the file again", facts: { file, ...facts } });
  for (const name of counts) {
    if (Number.isSafeInteger(config[name]) && config[name] >= 1) continue;
    throw wrong(`its ${name} must be an integer ≥ 1, got ${config[name]}`, { [name]: config[name] });
  }
  const { heads, numKeyValueHeads, headSize, experts } = config;
  if (
    experts &&
    !(Number.isSafeInteger(experts.count) && Number.isSafeInteger(experts.used) && experts.used >= 1 && experts.used <= experts.count)
  )
    throw wrong(`a token cannot go to ${experts.used} of ${experts.count} experts`, { experts });
  if (headSize % 16 !== 0) throw unsupported(file, `heads of ${headSize} numbers, not a multiple of 16`);
  if (heads % numKeyValueHeads === 0) return config;
  throw wrong(`${heads} heads cannot share ${numKeyValueHeads} key-value heads`, { heads, numKeyValueHeads });
}

export const unsupported = (file: string, what: string): UnavailableError =>
  new UnavailableError(`${file} needs ${what}, which cannot be run yet`, { hint: "use transformers.js for this model", facts: { file } });
