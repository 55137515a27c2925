/** Trainable models from checkpoints: GGUF files, whose quantised numbers become float32, and folders as the hub has them. */
import { Embedding, Linear, RMSNorm, SelfAttention, SwiGLU } from "../../nn/index.ts";
import { parameter, tensor, type Parameter } from "../../tensor/index.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { openWeights, type DecoderWeights } from "../decoder/weights.ts";
import { Llama, LlamaBlock } from "./llama.ts";
import { fromInterleaved } from "./rotary-order.ts";

/**
 * @param place A .gguf file, or a folder with config.json and model.safetensors.
 * @throws {UnavailableError} There is no such file, or its architecture is not of the Llama family.
 * @throws {FormatError} The file is cut short or not a model.
 */
export async function loadLlama(place: string): Promise<Llama> {
  const weights = await openWeights(place);
  try {
    return await llamaOf(weights);
  } finally {
    await weights.close();
  }
}

export async function llamaOf(weights: DecoderWeights): Promise<Llama> {
  const { config } = weights;
  const [embeddings, norm] = [await parameterOf(weights, "token_embd.weight"), await normOf(weights, "output_norm")];
  const layers: LlamaBlock[] = [];
  for (let layer = 0; layer < config.layers; layer++) layers.push(await blockOf(weights, `blk.${layer}`));
  return new Llama({
    config,
    embed_tokens: new Embedding(config.vocabSize, config.width, { weight: embeddings }),
    layers,
    norm,
    lm_head: config.isTied ? undefined : await linearOf(weights, "output"),
  });
}

async function blockOf(weights: DecoderWeights, at: string): Promise<LlamaBlock> {
  const { config } = weights;
  const { width, heads, numKeyValueHeads, headSize, ropeBase, hasHeadNorm, normEpsilon } = config;
  const self_attn = new SelfAttention(width, {
    heads,
    numKeyValueHeads,
    headSize,
    rotary: { base: ropeBase },
    ...(hasHeadNorm && { headNorm: normEpsilon }),
    projections: {
      q_proj: await linearOf(weights, `${at}.attn_q`, heads),
      k_proj: await linearOf(weights, `${at}.attn_k`, numKeyValueHeads),
      v_proj: await linearOf(weights, `${at}.attn_v`),
      o_proj: await linearOf(weights, `${at}.attn_output`),
    },
  });
  if (hasHeadNorm) {
    self_attn.q_norm!.weight.assign(await parameterOf(weights, `${at}.attn_q_norm.weight`));
    self_attn.k_norm!.weight.assign(await parameterOf(weights, `${at}.attn_k_norm.weight`));
  }
  const hidden = weights.shape(`${at}.ffn_gate.weight`)[0]!;
  return new LlamaBlock({
    input_layernorm: await normOf(weights, `${at}.attn_norm`),
    self_attn,
    post_attention_layernorm: await normOf(weights, `${at}.ffn_norm`),
    mlp: new SwiGLU(width, hidden, {
      projections: {
        gate_proj: await linearOf(weights, `${at}.ffn_gate`),
        up_proj: await linearOf(weights, `${at}.ffn_up`),
        down_proj: await linearOf(weights, `${at}.ffn_down`),
      },
    }),
  });
}

/** @param heads Of queries or keys, whose rows a GGUF file may have in another order. */
async function linearOf(weights: DecoderWeights, name: string, heads?: number): Promise<Linear> {
  const isMoved = heads !== undefined && weights.config.isRopeInterleaved;
  const order = isMoved ? (data: Float32Array): Float32Array => fromInterleaved(data, heads, weights.config.headSize) : undefined;
  const [outputs, inputs] = weights.shape(`${name}.weight`) as [number, number];
  return new Linear(inputs, outputs, {
    weight: await parameterOf(weights, `${name}.weight`, order),
    bias: weights.has(`${name}.bias`) ? await parameterOf(weights, `${name}.bias`, order) : false,
  });
}

async function normOf(weights: DecoderWeights, name: string): Promise<RMSNorm> {
  const { width, normEpsilon }: DecoderConfig = weights.config;
  const norm = new RMSNorm(width, { epsilon: normEpsilon });
  norm.weight.assign(await parameterOf(weights, `${name}.weight`));
  return norm;
}

async function parameterOf(
  weights: DecoderWeights,
  name: string,
  order: (data: Float32Array) => Float32Array = (data) => data,
): Promise<Parameter> {
  return parameter(tensor(order(await weights.float32(name)), { shape: weights.shape(name) }));
}
