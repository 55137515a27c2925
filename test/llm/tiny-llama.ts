import { createRandom, uniformParameter } from "../../kernel-helpers/nn/index.ts";
import type { DecoderConfig, LlamaWeights } from "../../kernel-helpers/llm/index.ts";

/** Random weights of a model with two blocks and a vocabulary of 40; queries and keys have biases, and the head is tied. */
export function tinyLlama(seed: number = 1): LlamaWeights {
  const random = createRandom(seed);
  const config: DecoderConfig = {
    architecture: "qwen2",
    norm: "rms",
    activation: "silu",
    positions: "rotary",
    embeddingScale: 1,
    layers: 2,
    width: 32,
    heads: 4,
    numKeyValueHeads: 2,
    headSize: 16,
    vocabSize: 40,
    contextLength: 64,
    ropeBase: 10_000,
    isRopeInterleaved: false,
    normEpsilon: 1e-5,
    hasHeadNorm: false,
    isTied: true,
  };
  const shapes: Record<string, number[]> = {
    "input_layernorm.weight": [32],
    "self_attn.q_proj.weight": [64, 32],
    "self_attn.q_proj.bias": [64],
    "self_attn.k_proj.weight": [32, 32],
    "self_attn.k_proj.bias": [32],
    "self_attn.v_proj.weight": [32, 32],
    "self_attn.o_proj.weight": [32, 64],
    "post_attention_layernorm.weight": [32],
    "mlp.gate_proj.weight": [48, 32],
    "mlp.up_proj.weight": [48, 32],
    "mlp.down_proj.weight": [32, 48],
  };
  const names = [
    ["model.embed_tokens.weight", [40, 32]] as const,
    ...[0, 1].flatMap((layer) => Object.entries(shapes).map(([name, shape]) => [`model.layers.${layer}.${name}`, shape] as const)),
    ["model.norm.weight", [32]] as const,
  ];
  return { config, parameters: Object.fromEntries(names.map(([name, shape]) => [name, uniformParameter(shape, 0.5, random)])) };
}
