/**
 * What sets the architectures of decoders apart. All of them are blocks of attention and a feed-forward network around a residual stream; what a
 * checkpoint's own tensors tell (biases, norms of heads, norms after a block's parts, a gate, a tied head), they tell.
 */
import { UnavailableError } from "../../errors.ts";

export interface Architecture {
  /** RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467) or LayerNorm (Ba et al. 2016, arXiv:1607.06450). */
  norm: "rms" | "layer";
  /** Of the feed-forward network; GELU by its tanh. */
  activation: "silu" | "gelu";
  positions: "rotary" | "learned";
  /** Whether embeddings are multiplied by √width. */
  scalesEmbeddings?: boolean;
  /** Whether layers have experts, whose weights always add up to 1, or where the checkpoint says so. */
  experts?: "normalized" | "as said";
  /** Whether llama.cpp arranges the rows of queries and keys so that neighbours turn together, and not numbers half a head apart. */
  isInterleavedInGguf?: boolean;
  /** How the hub's checkpoints write it, where they differ from Llama's. */
  hub?: {
    /** Norms' weights are what is added to 1. */
    normsFromOne?: boolean;
    /** Matrices are (in, out). */
    transposed?: boolean;
    /** One matrix has the queries', keys' and values', another the gate and, below it, what it opens. */
    isFused?: boolean;
  };
}

const llama: Architecture = { norm: "rms", activation: "silu", positions: "rotary" };

/** By the names of GGUF files. */
const architectures: Readonly<Record<string, Architecture>> = {
  /** Touvron et al. 2023, arXiv:2302.13971; SmolLM 2 and Mistral (arXiv:2310.06825) as well. */
  llama: { ...llama, isInterleavedInGguf: true },
  /** Yang et al. 2024, arXiv:2412.15115. */
  qwen2: llama,
  /** Yang et al. 2025, arXiv:2505.09388. */
  qwen3: llama,
  /** Jiang et al. 2024, arXiv:2401.04088. */
  mixtral: { ...llama, experts: "normalized" },
  /** Qwen1.5-MoE and Qwen 2 (arXiv:2407.10671); with an expert for all tokens behind a gate of its own. */
  qwen2moe: { ...llama, experts: "as said" },
  /** Yang et al. 2025, arXiv:2505.09388. */
  qwen3moe: { ...llama, experts: "as said" },
  /** Abdin et al. 2024, arXiv:2404.14219. */
  phi3: { ...llama, hub: { isFused: true } },
  /** Gemma Team 2025, arXiv:2503.19786. */
  gemma3: { norm: "rms", activation: "gelu", positions: "rotary", scalesEmbeddings: true, hub: { normsFromOne: true } },
  /** Radford et al. 2019. */
  gpt2: { norm: "layer", activation: "gelu", positions: "learned", hub: { transposed: true } },
};

/** The hub's names, where GGUF has others. */
const otherNames: Readonly<Record<string, string>> = {
  mistral: "llama",
  gemma3_text: "gemma3",
  qwen2_moe: "qwen2moe",
  qwen3_moe: "qwen3moe",
};

/** @throws {UnavailableError} An architecture that cannot be run. */
export function findArchitecture(given: string, file: string): Architecture & { name: string } {
  const name = Object.hasOwn(otherNames, given) ? otherNames[given]! : given;
  const found = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (found) return { name, ...found };
  throw new UnavailableError(`${file} is a model of architecture "${given}"`, {
    hint: `architectures that can be run: ${[...Object.keys(architectures), ...Object.keys(otherNames)].join(", ")}`,
    facts: { file, architecture: given },
  });
}
